package org.buildengine.client.progress;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.buildengine.client.progress.Step.State;
import org.buildengine.client.telemetry.OutputRecord;
import org.buildengine.client.telemetry.SpanUpdate;
import org.buildengine.client.telemetry.SpanUpdate.Status;
import org.buildengine.client.telemetry.TelemetryListener;

/**
 * The steps of a build, made from spans and output (protocol notes, 8.3).
 *
 * <p>A call of the API is a span. A call that only describes an execution ends at once and says {@code dag.pending}; the run
 * is a second span, {@code resume withExec}, that links to the first, while the output belongs to the first. Output and
 * spans come over two connections, so output may come before the step that it belongs to: it is kept, within bounds.
 *
 * <p>Thread-safe; the listener is called under the lock and must not block on this object's other callers.
 */
public final class Steps implements TelemetryListener {
    private static final String PENDING = "dagger.io/dag.pending";
    private static final String CACHED = "dagger.io/dag.cached";
    private static final String CANCELED = "dagger.io/dag.canceled";
    private static final int MAX_EARLY_RECORDS = 10_000;
    private static final int MAX_DEPTH = 64;
    private static final Set<String> LAZY =
            Set.of("Container.withExec", "Container.from", "Host.directory", "Host.file", "Query.git", "Query.http");
    private static final Set<String> EFFECTS = Set.of(
            "Container.build", "Container.publish", "Container.import", "Container.asTarball", "Directory.dockerBuild");

    private final StepListener listener;
    private final boolean everything;
    private final Map<String, Step> bySpan = new HashMap<>();
    private final Map<String, String> resumedBy = new HashMap<>();
    private final Map<String, List<OutputRecord>> early = new LinkedHashMap<>();
    private final List<Step> numbered = new ArrayList<>();
    private final Set<String> hidden = new HashSet<>();
    private final Map<String, String> parents = new HashMap<>();
    private int earlyRecords;
    private long newest;

    /**
     * Makes an empty model.
     *
     * @param listener is told of every change
     * @param everything whether calls that only describe something are steps too
     */
    public Steps(StepListener listener, boolean everything) {
        this.listener = listener;
        this.everything = everything;
    }

    @Override
    public synchronized void span(SpanUpdate span) {
        newest = Math.max(newest, span.end().orElse(span.start()));
        if (!span.parent().isEmpty()) {
            parents.put(span.id(), span.parent());
        }
        if (span.name().startsWith("resume ")) {
            resume(span);
            return;
        }
        Step step = bySpan.get(span.id());
        if (step == null) {
            if (!shown(span)) {
                hidden.add(span.id());
                takeEarly(span.id());
                return;
            }
            step = new Step(CallText.of(span));
            bySpan.put(span.id(), step);
        }
        if (span.flag(PENDING) && !span.flag(CACHED) && step.state() == State.PENDING) {
            return;
        }
        if (span.end().isEmpty()) {
            // A lazy call says only at its end whether it is pending, so it is shown when it ends or resumes.
            if (!LAZY.contains(span.name())) {
                begin(span.id(), step, span);
            }
            return;
        }
        begin(span.id(), step, span);
        end(step, span);
    }

    private void resume(SpanUpdate span) {
        String target = resumedBy.computeIfAbsent(
                span.id(),
                id -> span.links().stream()
                        .filter(link -> !link.purpose().equals("error_origin"))
                        .map(SpanUpdate.Link::spanId)
                        .findFirst()
                        .orElse(""));
        if (target.isEmpty()) {
            return;
        }
        Step step = bySpan.computeIfAbsent(target, id -> new Step(span.name().substring("resume ".length())));
        if (step.state() == State.PENDING) {
            begin(target, step, span);
        }
        if (span.end().isPresent()) {
            end(step, span);
        }
    }

    private boolean shown(SpanUpdate span) {
        if (span.flag("dagger.io/ui.passthrough") || span.flag("dagger.io/ui.internal")) {
            return false;
        }
        return everything
                || LAZY.contains(span.name())
                || EFFECTS.contains(span.name())
                || span.name().endsWith(".export")
                || span.flag("dagger.io/ui.reveal");
    }

    private void begin(String id, Step step, SpanUpdate span) {
        if (step.state() != State.PENDING) {
            return;
        }
        numbered.add(step);
        step.begin(numbered.size(), span.start(), above(span).filter(above -> above != step));
        listener.began(step);
        takeEarly(id).forEach(record -> print(step, record));
    }

    /** The nearest step above a span; spans that are not shown stand for nobody. */
    private Optional<Step> above(SpanUpdate span) {
        String id = span.parent();
        for (int depth = 0; depth < MAX_DEPTH && !id.isEmpty(); depth++) {
            Step step = bySpan.get(id);
            if (step != null && step.number() > 0) {
                return Optional.of(step);
            }
            id = parents.getOrDefault(id, "");
        }
        return Optional.empty();
    }

    private List<OutputRecord> takeEarly(String id) {
        List<OutputRecord> waiting = early.remove(id);
        if (waiting == null) {
            return List.of();
        }
        earlyRecords -= waiting.size();
        return waiting;
    }

    private void end(Step step, SpanUpdate span) {
        if (step.state() != State.RUNNING) {
            return;
        }
        end(step, outcome(span), span.end().orElse(span.start()), span.message());
    }

    private void end(Step step, State outcome, long time, String message) {
        List<String> rest = step.output("", true);
        if (!rest.isEmpty()) {
            listener.printed(step, rest);
        }
        step.end(outcome, time, message);
        listener.ended(step);
    }

    /**
     * Ends what still runs as canceled, since nobody will say any more what became of it: the engine answers as soon as one step
     * fails, and the others end behind the answer. They end at the newest time that is known.
     */
    synchronized void giveUp() {
        numbered.stream()
                .filter(step -> step.state() == State.RUNNING)
                .forEach(step -> end(step, State.CANCELED, newest, ""));
    }

    private static State outcome(SpanUpdate span) {
        if (span.flag(CANCELED)) {
            return State.CANCELED;
        }
        if (span.status() == Status.ERROR) {
            return State.FAILED;
        }
        return span.flag(CACHED) ? State.CACHED : State.DONE;
    }

    @Override
    public synchronized void output(OutputRecord output) {
        if (output.verbose() || hidden.contains(output.spanId())) {
            return;
        }
        Step step = bySpan.get(output.spanId());
        if (step != null && step.state() != State.PENDING) {
            print(step, output);
        } else if (earlyRecords < MAX_EARLY_RECORDS) {
            earlyRecords++;
            early.computeIfAbsent(output.spanId(), id -> new ArrayList<>()).add(output);
        }
    }

    private void print(Step step, OutputRecord output) {
        List<String> lines = step.output(output.text(), output.end());
        if (!lines.isEmpty()) {
            listener.printed(step, lines);
        }
    }

    /**
     * Reads the steps while nothing changes them.
     *
     * @param reader gets all steps that began, in the order of their numbers; must not block, and keeps none of them
     * @return what the reader makes of them
     */
    public synchronized <T> T read(Function<List<Step>, T> reader) {
        return reader.apply(Collections.unmodifiableList(numbered));
    }
}
