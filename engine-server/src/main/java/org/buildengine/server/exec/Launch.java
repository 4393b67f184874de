package org.buildengine.server.exec;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.linux.ChildProcess;

/**
 * An execution that can start at once: its bundle, its cgroup and, in that, a process that becomes the runtime when it is
 * told. Starting that process and moving it into the cgroup takes about as long as running a short command, and depends
 * on nothing that an execution says, so it can be done ahead. The process ends by itself when the daemon dies. Used by
 * one thread at a time. Closing ends what is left and removes everything.
 */
final class Launch implements Closeable {
    private static final Duration END = Duration.ofSeconds(5);

    /** The daemon's own is none of the runtime's business (NOTIFY_SOCKET, LISTEN_FDS, …). */
    private static final List<String> ENVIRONMENT =
            List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

    private final OciRuntime runtime;
    private final ControlGroups cgroups;
    private final Bundle bundle;
    private final ControlGroup cgroup;
    private final ChildProcess process;
    private Runnable whenClosed = () -> {};

    private Launch(
            OciRuntime runtime, ControlGroups cgroups, Bundle bundle, ControlGroup cgroup, ChildProcess process) {
        this.runtime = runtime;
        this.cgroups = cgroups;
        this.bundle = bundle;
        this.cgroup = cgroup;
        this.process = process;
    }

    /**
     * Makes one.
     *
     * @param run directory of the bundles
     * @param devices the cgroup that holds the devices rule, if there is one and the execution is bound by it
     */
    static Launch prepare(OciRuntime runtime, ControlGroups cgroups, Path run, Optional<Path> devices)
            throws IOException {
        Bundle bundle = Bundle.create(run);
        try {
            ControlGroup cgroup = runtime.cgroup(cgroups, bundle.id());
            try {
                var process = ChildProcess.start(runtime.waitingCommand(bundle, cgroup, devices), ENVIRONMENT);
                return new Launch(runtime, cgroups, bundle, cgroup, process);
            } catch (IOException e) {
                cgroup.destroy(END);
                throw e;
            }
        } catch (IOException e) {
            bundle.close();
            throw e;
        }
    }

    /** Has {@code closed} run when this has been closed. */
    void whenClosed(Runnable closed) {
        whenClosed = closed;
    }

    Bundle bundle() {
        return bundle;
    }

    ControlGroup cgroup() {
        return cgroup;
    }

    /** Whether it still waits; something else may have ended it. */
    boolean waits() throws IOException {
        return process.isAlive();
    }

    /**
     * Starts the runtime on what the bundle holds now. To be called once.
     *
     * @param input whether the caller feeds the standard input of the process; it has none otherwise
     * @return the runtime's process, whose outputs are the container's
     */
    ChildProcess begin(boolean input) throws IOException {
        String word = input ? OciRuntime.INPUT_FOLLOWS : OciRuntime.NO_INPUT;
        process.write((word + "\n").getBytes(StandardCharsets.US_ASCII));
        if (!input) {
            process.closeInput();
        }
        return process;
    }

    @Override
    public void close() throws IOException {
        try (Bundle _ = bundle;
                ChildProcess _ = process) {
            // First the process: it may not have entered the cgroup yet, and has no children then.
            process.kill();
            cgroup.destroy(END);
            if (runtime.managesCgroup()) {
                cgroups.removeTraces(bundle.id());
            }
        } finally {
            whenClosed.run();
        }
    }
}
