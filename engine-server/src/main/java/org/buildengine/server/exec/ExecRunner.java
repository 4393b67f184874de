package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import org.buildengine.server.network.Endpoint;
import org.buildengine.server.network.Network;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.waiting.Party;

/**
 * Runs executions in containers. Asks the demanding jobs for a {@link SecretSource}. Fails with {@link ExecFailure} if a
 * command ends with an exit code that is not expected, with an {@link IOException} if it could not be run. Safe for
 * several threads.
 */
public final class ExecRunner implements OpRunner<ExecOp> {
    private static final String INSECURE = "insecureRootCapabilities is not allowed by this engine, because such a step"
            + " is root on the engine's machine; whoever runs the engine can allow it: engine serve --allow-insecure";

    /** What programs say of a full disk, whatever they are written in. */
    private static final Pattern FULL =
            Pattern.compile("no space left on device|ENOSPC|disk quota exceeded", Pattern.CASE_INSENSITIVE);

    private static final String AGAIN =
            "engine: the disk was full; what nobody uses was removed, and the command runs again\n";

    /** How often a command runs again: each time it has several times the room. */
    private static final int AGAINS = 3;

    private final ExecEnvironment environment;
    private final Snapshotter snapshotter;

    /** An execution is mostly calls that block in the kernel: on a thread of its own it never waits for another. */
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("execution-", 0).daemon().factory());

    /** Runs in {@code environment}. */
    public ExecRunner(ExecEnvironment environment, Snapshotter snapshotter) {
        this.environment = environment;
        this.snapshotter = snapshotter;
    }

    @Override
    public Output run(ExecOp op, List<Snapshot> inputs, Run run) throws Exception {
        if (op.insecure() && !environment.settings().allowInsecure()) {
            throw new IOException(INSECURE);
        }
        var execution = new FutureTask<>(() -> Party.step(run.vertex()).calls(() -> execute(op, inputs, run)));
        threads.execute(execution);
        return await(execution);
    }

    /** Waits for the end, also when interrupted: a cancellation reaches the execution itself. */
    private static Output await(FutureTask<Output> execution) throws Exception {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return execution.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception failure) {
                throw failure;
            }
            throw e;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A command that found the disk full runs again as long as the cache has something that can go for it. */
    private Output execute(ExecOp op, List<Snapshot> inputs, Run run) throws Exception {
        for (int left = AGAINS; ; left--) {
            try {
                return executeOnce(op, inputs, run);
            } catch (ExecFailure | IOException e) {
                if (left == 0 || run.cancelled() || !snapshotter.moreRoom(saysFull(e))) {
                    throw e;
                }
                run.output(2, AGAIN.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static boolean saysFull(Exception failure) {
        String text = failure instanceof ExecFailure command
                ? command.stderr() + "\n" + command.stdout()
                : String.valueOf(failure.getMessage());
        return FULL.matcher(text).find();
    }

    private Output executeOnce(ExecOp op, List<Snapshot> inputs, Run run) throws Exception {
        var guard = new CancelGuard();
        run.onCancel(guard::cancel);
        try (Endpoint endpoint = environment
                        .settings()
                        .network()
                        .join(op.insecure() ? Network.Rights.ALL : Network.Rights.USUAL);
                var execution = new Execution(environment, endpoint, snapshotter, op, inputs, run, guard)) {
            return execution.run();
        } finally {
            // From here on this thread belongs to another execution, which a late cancellation must not interrupt.
            guard.shield();
        }
    }
}
