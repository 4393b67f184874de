package org.buildengine.server.exec;

import java.io.IOException;
import java.util.List;
import org.buildengine.server.network.Endpoint;
import org.buildengine.server.network.Network;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.ExecMount;

/**
 * Runs executions in containers. Asks the demanding jobs for a {@link SecretSource}. Fails with {@link ExecFailure} if a
 * command ends with an exit code that is not expected, with an {@link IOException} if it could not be run. Safe for
 * several threads.
 */
public final class ExecRunner implements OpRunner<ExecOp> {
    private static final String INSECURE = "insecureRootCapabilities is not allowed by this engine, because such a step"
            + " is root on the engine's machine; whoever runs the engine can allow it: engine serve --allow-insecure";

    private final ExecEnvironment environment;
    private final Snapshotter snapshotter;
    private final CacheLocks locks = new CacheLocks();

    public ExecRunner(ExecEnvironment environment, Snapshotter snapshotter) {
        this.environment = environment;
        this.snapshotter = snapshotter;
    }

    @Override
    public Output run(ExecOp op, List<Snapshot> inputs, Run run) throws Exception {
        if (op.insecure() && !environment.settings().allowInsecure()) {
            throw new IOException(INSECURE);
        }
        var guard = new CancelGuard();
        run.onCancel(guard::cancel);
        List<Digest> exclusive = op.mounts().stream()
                .filter(ExecMount.Cache.class::isInstance)
                .map(ExecMount.Cache.class::cast)
                .filter(ExecMount.Cache::exclusive)
                .map(ExecMount.Cache::volume)
                .toList();
        // Before anything else: who waits for a lock holds neither mounts nor memory.
        try (CacheLocks.Held _ = locks.take(exclusive);
                Endpoint endpoint = environment
                        .settings()
                        .network()
                        .join(op.insecure() ? Network.Rights.ALL : Network.Rights.USUAL);
                var execution = new Execution(environment, endpoint, snapshotter, op, inputs, run, guard)) {
            return execution.run();
        }
    }
}
