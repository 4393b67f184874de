package org.buildengine.solver.evidence;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;

/** Reads what is kept of builds. Safe for use by several threads. */
public final class HistoryReader {
    private final Snapshotter snapshotter;
    private final BuildRows rows;
    private final StepTable steps;
    private final long earlier;
    private final Supplier<List<Build>> silent;

    /**
     * A reader.
     *
     * @param earlier the number of the last build of earlier runs of the engine
     * @param silent the builds that last and of which nothing is written yet
     */
    HistoryReader(Snapshotter snapshotter, StepTable steps, long earlier, Supplier<List<Build>> silent) {
        this.snapshotter = snapshotter;
        this.rows = snapshotter.buildRows();
        this.steps = steps;
        this.earlier = earlier;
        this.silent = silent;
    }

    /** The builds, the latest first; also those that last and about whose steps nothing is decided yet. */
    public List<Build> builds() throws IOException {
        // asked first: one that gets its row meanwhile is in both
        Map<Long, Build> builds = new TreeMap<>(Comparator.reverseOrder());
        silent.get().forEach(build -> builds.put(build.number(), build));
        written().forEach(build -> builds.put(build.number(), build));
        return List.copyOf(builds.values());
    }

    private List<Build> written() throws IOException {
        var builds = new ArrayList<Build>();
        rows.scan(Kind.BUILD, new byte[0], (key, row) -> builds.add(Build.decode(key, row, earlier)));
        return builds.reversed();
    }

    /**
     * The build that is meant.
     *
     * @param id its id, or the beginning of it; empty for the latest of whose steps something is known, if there is one
     * @throws IllegalArgumentException if none is meant, or more than one; the message is for the person
     */
    public Build build(String id) throws IOException {
        List<Build> written = id.isEmpty() ? written() : List.of();
        List<Build> all = written.isEmpty() ? builds() : written;
        List<Build> meant =
                all.stream().filter(build -> build.id().startsWith(id)).toList();
        if (meant.isEmpty()) {
            throw new IllegalArgumentException(
                    id.isEmpty()
                            ? "no build is kept yet: run one, and ask again"
                            : "no build is kept whose id begins with \"" + StepRecord.abbreviated(id)
                                    + "\"; engine explain --list names them");
        }
        Optional<Build> exact =
                meant.stream().filter(build -> build.id().equals(id)).findFirst();
        if (!id.isEmpty() && exact.isEmpty() && meant.size() > 1) {
            throw new IllegalArgumentException(
                    meant.size() + " builds have ids that begin with \"" + id + "\"; give more of it");
        }
        return exact.orElse(meant.getFirst());
    }

    /** The first step in which the later build differs, or its policy; empty if they asked for the same. */
    public Optional<Divergence> diff(Build before, Build after) throws IOException {
        return new BuildDifference(snapshotter, steps, steps(before), steps(after)).first();
    }

    /** What was decided about the steps of a build, inputs before what needs them. */
    public List<Evidence> steps(Build build) throws IOException {
        Map<Integer, Evidence> latest = new LinkedHashMap<>();
        Map<Integer, DecisionRow.Ended> ends = new HashMap<>();
        rows.scan(Kind.DECISION, build.key(), (_, row) -> {
            DecisionRow decoded = DecisionRow.decode(row);
            for (DecisionRow.Decided step : decoded.decided()) {
                latest.put(step.number(), evidence(step));
            }
            for (DecisionRow.Ended end : decoded.ended()) {
                if (end.outcome() == Outcome.UNKNOWN) {
                    ends.remove(end.number());
                } else {
                    ends.put(end.number(), end);
                }
            }
        });
        List<Evidence> evidence = List.copyOf(latest.values());
        Map<Integer, String> names = evidence.stream().collect(Collectors.toMap(Evidence::number, Evidence::name));
        return evidence.stream()
                .map(step -> step.naming(names))
                .map(step -> Optional.ofNullable(ends.get(step.number()))
                        .or(() -> death(build, step))
                        .map(step::ended)
                        .orElse(step))
                .toList();
    }

    /** The end of a step of which none is written, if it still ran when the engine died. */
    private Optional<DecisionRow.Ended> death(Build build, Evidence step) {
        return build.died() && !(step.decision() instanceof Decision.Remembered)
                ? Optional.of(new DecisionRow.Ended(
                        step.number(), Outcome.CANCELLED, Duration.ZERO, Optional.of(Cancellation.ENGINE_DIED)))
                : Optional.empty();
    }

    /** The run whose output is that of a step of {@code build}; all runs of the step there if it ran for that. */
    public RunReference runOf(Build build, Evidence step) throws IOException {
        return switch (step.decision()) {
            case Decision.Ran _ -> new RunReference(build.id(), Optional.of(build), step.recipe(), Optional.empty());
            case Decision.Joined joined -> runOf(joined.build(), step);
            case Decision.Remembered remembered -> runOf(remembered.build(), step);
        };
    }

    private RunReference runOf(String runner, Evidence step) throws IOException {
        Optional<Build> kept = builds().stream()
                .filter(each -> step.run()
                        .map(run -> run.build() == each.number())
                        .orElseGet(() -> each.id().equals(runner)))
                .findFirst();
        return new RunReference(kept.map(Build::id).orElse(runner), kept, step.recipe(), step.run());
    }

    /** What is known under the recipe of a step. */
    private Optional<StoredResult> resultOf(Evidence step) throws IOException {
        Optional<StoredResult> known = snapshotter.results().find(KeyKind.RECIPE, step.recipe());
        if (known.isPresent()) {
            return known;
        }
        Optional<StepRecord> record = steps.find(step.recipe());
        return record.isEmpty()
                ? Optional.empty()
                : snapshotter.results().find(record.get().result());
    }

    /** What the run of a step left, if that is still there: not what another run of it left since, and nothing if it failed. */
    public Optional<StoredResult> resultOf(Evidence step, RunReference run) throws IOException {
        Optional<StoredResult> result = resultOf(step);
        Optional<Maker> maker =
                result.isEmpty() ? Optional.empty() : steps.maker(result.get().id());
        return maker.isPresent() && isMaker(step, run, maker.get()) ? result : Optional.empty();
    }

    /** Whether the run that made a result is that of a step. */
    private static boolean isMaker(Evidence step, RunReference run, Maker maker) {
        if (step.run().isPresent()) {
            return step.run().equals(maker.run());
        }
        boolean ended = !(step.decision() instanceof Decision.Ran) || step.outcome() == Outcome.SUCCEEDED;
        return ended && maker.build().equals(run.build());
    }

    private Evidence evidence(DecisionRow.Decided step) throws IOException {
        Optional<StepRecord> known = steps.find(step.recipe());
        return new Evidence(
                step.number(),
                step.recipe(),
                known.map(StepRecord::kind).orElse(""),
                known.map(StepRecord::name).orElse("a step that is not known any more"),
                step.decision(),
                step.policy(),
                step.run(),
                Outcome.UNKNOWN,
                Duration.ZERO,
                Optional.empty(),
                "");
    }
}
