package org.buildengine.solver.node;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.buildengine.solver.admission.Gate;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;

/**
 * Where a node stood at one moment.
 *
 * @param since when its state began
 * @param inputs the nodes that worked for it, or that kept its key
 */
record Standing(Node node, NodeState state, Instant since, List<Node> inputs) {
    /** Whom it waits for, but for volumes; {@code executions} is what it would be queued at. */
    List<Wait> waits(Gate executions) {
        Party self = Party.step(node.vertex());
        return switch (state) {
            case NEW -> node.predecessor().isDone() ? List.of() : List.of(wait(self, self, Wait.Kind.EARLIER_RUN, ""));
            case KEYING -> List.of(wait(self, self, Wait.Kind.LOOK_UP, ""));
            case AWAITING_INPUTS -> waitsForInputs(self, Wait.Kind.RESULT);
            case JOINED -> waitsForInputs(self, Wait.Kind.JOINED);
            case AWAITING_KEY ->
                inputs.stream()
                        .filter(holder -> !holder.ended().isDone())
                        .map(holder -> wait(self, Party.step(holder.vertex()), Wait.Kind.OTHER_RUN, ""))
                        .toList();
            case QUEUED -> List.of(wait(self, Party.ENGINE, Wait.Kind.TURN, executions.toString()));
            case RUNNING -> {
                List<Wait> nested = waitsForInputs(self, Wait.Kind.RESULT);
                yield nested.isEmpty() ? List.of(wait(self, self, Wait.Kind.RUN, "")) : nested;
            }
            case CANCELLING -> List.of(wait(self, self, Wait.Kind.CANCELLATION, ""));
            case AWAITING_VOLUMES, DONE, FAILED, CANCELLED -> List.of();
        };
    }

    private List<Wait> waitsForInputs(Party self, Wait.Kind kind) {
        return inputs.stream()
                .filter(input -> !input.result().isDone())
                .map(input -> wait(self, Party.step(input.vertex()), kind, ""))
                .toList();
    }

    private Wait wait(Party self, Party awaited, Wait.Kind kind, String detail) {
        return new Wait(self, awaited, kind, detail, since, Optional.empty());
    }
}
