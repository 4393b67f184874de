package org.buildengine.solver.evidence;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Alignment.Pair;
import org.buildengine.solver.op.Vertex;

/**
 * Where a step of a chain stands beside the chain of an earlier build.
 *
 * @param before the step whose place it took; empty if it is new, or nothing like it is known
 * @param moves what is other directly before it
 * @param next the step after it that took the place of an earlier one, if this one is new
 */
record Succession(Link link, Fit fit, Optional<StepRecord> before, Moves moves, Optional<Link> next) {
    /** A step of a build that lasts. */
    record Link(Vertex vertex, StepRecord step) {
        Digest recipe() {
            return step.recipe();
        }
    }

    /** How sure it is which step another one took the place of. */
    enum Fit {
        /** It did the same, or the step did not run. */
        SURE,
        /** It is so much like it that only a step which did the same elsewhere may show it to be otherwise. */
        CLOSE,
        /** It is like it at most, which may turn out otherwise when more steps are known. */
        GUESSED,
        /** None: the step is new. */
        NEW
    }

    /**
     * What is other directly before a step.
     *
     * @param added steps that are new
     * @param gone earlier steps that are not there any more
     * @param swapped steps that came after it before
     */
    record Moves(List<Link> added, List<StepRecord> gone, List<Link> swapped) {
        static final Moves NONE = new Moves(List.of(), List.of(), List.of());

        Moves {
            added = List.copyOf(added);
            gone = List.copyOf(gone);
            swapped = List.copyOf(swapped);
        }

        /** The recipes of all the steps. */
        Set<Digest> recipes() {
            return Stream.concat(
                            Stream.concat(added.stream(), swapped.stream()).map(Link::recipe),
                            gone.stream().map(StepRecord::recipe))
                    .collect(Collectors.toSet());
        }
    }

    /** The succession of a step that took the place of one that did the same. */
    static Succession sure(Link link, StepRecord before, Moves moves) {
        return new Succession(link, Fit.SURE, Optional.of(before), moves, Optional.empty());
    }

    /** The succession of a step of which no more is known than what it is most like, if anything. */
    static Succession guessed(Link link, Optional<StepRecord> before) {
        return new Succession(link, Fit.GUESSED, before, Moves.NONE, Optional.empty());
    }

    /** The succession of a step that differs little from the one whose place it took. */
    static Succession close(Link link, StepRecord before) {
        return new Succession(link, Fit.CLOSE, Optional.of(before), Moves.NONE, Optional.empty());
    }

    /** The successions of all steps of the later of two chains, in order. */
    static List<Succession> of(List<Pair<StepRecord, Link>> pairs) {
        var successions = new ArrayList<Succession>();
        var added = new ArrayList<Link>();
        var gone = new ArrayList<StepRecord>();
        for (Pair<StepRecord, Link> pair : pairs) {
            if (pair.after().isEmpty()) {
                pair.before().ifPresent(gone::add);
            } else if (pair.before().isEmpty()) {
                added.add(pair.after().get());
            } else {
                added.forEach(link ->
                        successions.add(new Succession(link, Fit.NEW, Optional.empty(), Moves.NONE, pair.after())));
                var moves = new Moves(added, gone, List.of());
                successions.add(
                        new Succession(pair.after().get(), Fit.GUESSED, pair.before(), moves, Optional.empty()));
                added.clear();
                gone.clear();
            }
        }
        added.forEach(link -> successions.add(guessed(link, Optional.empty())));
        return successions;
    }
}
