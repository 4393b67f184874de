package org.buildengine.solver.node;

import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.OwnRuns;
import org.buildengine.solver.admission.Admission;
import org.buildengine.solver.admission.Gate;
import org.buildengine.solver.admission.VolumeLocks;
import org.buildengine.solver.waiting.Party;

/**
 * What lets one step run beside others: first its cache volumes, then a place at the gate, so that who waits for volumes keeps no
 * place from others. Used by the thread of the node. Closing gives both back, or stops waiting for them; closing twice does nothing.
 */
final class Turn implements AutoCloseable {
    private final Node node;
    private final Admission admission;
    private Optional<VolumeLocks.Place> volumes = Optional.empty();
    private Optional<Gate.Place> place = Optional.empty();

    Turn(Node node, Admission admission) {
        this.node = node;
        this.admission = admission;
    }

    /** Asks for cache volumes that nobody else may use meanwhile; completes when the step has them. */
    CompletableFuture<?> takeVolumes(Set<Digest> exclusive) {
        VolumeLocks.Place taken = admission.volumes().take(exclusive, Party.step(node.vertex()));
        volumes = Optional.of(taken);
        return taken.granted();
    }

    /** Gets in line, on the account of all sessions that listen now or later; completes when it is the step's turn. */
    CompletableFuture<?> enter() {
        // whoever listens may have left, and the node not have heard of it yet
        Circle asking = node.audience().jobs().stream()
                .map(DemandJob::circle)
                .findFirst()
                .orElse(node.circle());
        OwnRuns first = asking.session();
        Gate.Place entered = admission.executions().enter(first, 1);
        place = Optional.of(entered);
        Set<OwnRuns> sessions = Collections.synchronizedSet(new HashSet<>(Set.of(first)));
        node.queue(job -> {
            if (sessions.add(job.circle().session())) {
                entered.share(job.circle().session());
            }
        });
        return entered.entered();
    }

    @Override
    public void close() {
        place.ifPresent(Gate.Place::close);
        volumes.ifPresent(VolumeLocks.Place::close);
    }
}
