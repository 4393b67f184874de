package org.buildengine.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.buildengine.cli.display.ProgramOutput;
import org.buildengine.client.progress.ProgressDisplay;
import org.buildengine.client.proxy.LocalProxy;

/**
 * Runs a program with a session. The program starts at once; its requests wait for the session, and get the reason if it
 * cannot be opened.
 *
 * @param engine the engine to work with
 * @param display what shows progress
 * @param workdir where the program runs, and what the engine may see of this machine's files
 * @param cleanupTimeout how long the program may take to end when the run is interrupted
 * @param command the program and its arguments
 */
record ProgramRun(
        EngineChoice engine,
        Optional<ProgressDisplay> display,
        Path workdir,
        Duration cleanupTimeout,
        List<String> command) {
    /** How long a program may take to end unless told otherwise. */
    static final Duration CLEANUP_TIMEOUT = Duration.ofSeconds(10);

    /** What shells say of a program that they cannot start. */
    private static final int NOT_STARTED = 127;

    /** What is said of a program that did not end by itself when it was asked to. */
    private static final int CANCELED = 2;

    /**
     * Runs it.
     *
     * @return the program's exit code, or 1 if there was no session, or 127 if there is no such program
     */
    int run() throws IOException, InterruptedException {
        OpenSession session =
                OpenSession.begin(engine, display, HostAttachments.below(workdir), VersionCommand.API_VERSION);
        var program = new Program();
        try (LocalProxy proxy = LocalProxy.open(session.session());
                OnSignal _ = OnSignal.then(() -> interrupted(program, session))) {
            Optional<Process> child = start(program, session, proxy);
            if (child.isEmpty()) {
                session.close();
                return NOT_STARTED;
            }
            CompletableFuture<?> told = session.session().exceptionally(failure -> {
                session.say("engine: " + Failures.describe(failure));
                return null;
            });
            int code = child.get().waitFor();
            program.awaitOutput();
            session.close();
            if (session.failure().isEmpty()) {
                return code;
            }
            told.join();
            return code == 0 ? 1 : code;
        }
    }

    /** The program, whose start a signal may come before. */
    private static final class Program {
        private Optional<Process> process = Optional.empty();
        private Runnable saidAll = () -> {};
        private boolean unwanted;

        /** Starts it, unless it was ended before. */
        synchronized Optional<Process> start(ProcessBuilder builder, Optional<ProgramOutput> output)
                throws IOException {
            if (!unwanted) {
                Process started = builder.start();
                output.ifPresent(to -> saidAll = to.follow(started));
                process = Optional.of(started);
            }
            return process;
        }

        /** What is to be ended, if it was started; it never is from now on. */
        synchronized Optional<Process> unwanted() {
            unwanted = true;
            return process;
        }

        /** Waits until all that an ended program said is shown. */
        void awaitOutput() {
            Runnable all;
            synchronized (this) {
                all = saidAll;
            }
            all.run();
        }
    }

    private Optional<Process> start(Program program, OpenSession session, LocalProxy proxy) {
        ProcessBuilder builder =
                new ProcessBuilder(engine.outside(command, workdir)).inheritIO().directory(workdir.toFile());
        Map<String, String> environment = builder.environment();
        environment.put("DAGGER_SESSION_PORT", Integer.toString(proxy.port()));
        environment.put("DAGGER_SESSION_TOKEN", proxy.token());
        environment.put("TRACEPARENT", session.trace().traceparent());
        environment.remove("ENGINE_MOUNT_NAMESPACE");
        restoreLocale(environment);
        session.programOutput().ifPresent(output -> output.redirect(builder));
        try {
            return program.start(builder, session.programOutput());
        } catch (IOException e) {
            session.say("engine: cannot start " + command.getFirst() + ": " + Failures.describe(e));
            return Optional.empty();
        }
    }

    /** Gives the program the caller's locale; the launcher replaces one in which not every file name can be told. */
    private static void restoreLocale(Map<String, String> environment) {
        String callers = environment.remove("ENGINE_CALLERS_LC_ALL");
        if (callers == null) {
            return;
        }
        if (callers.isEmpty()) {
            environment.remove("LC_ALL");
        } else {
            environment.put("LC_ALL", callers);
        }
    }

    /** Runs while the virtual machine ends: lets the program end by itself first, as Dagger's CLI does. */
    private int interrupted(Program program, OpenSession session) {
        OptionalInt code = program.unwanted().map(this::end).orElse(OptionalInt.empty());
        if (code.isEmpty()) {
            session.say("engine: run canceled");
        }
        program.awaitOutput();
        session.close();
        return code.orElse(CANCELED);
    }

    /** Asks the program to end; its exit code, if it did so in time. */
    private OptionalInt end(Process child) {
        try {
            child.destroy();
            if (child.waitFor(cleanupTimeout)) {
                return OptionalInt.of(child.exitValue());
            }
            child.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return OptionalInt.empty();
    }
}
