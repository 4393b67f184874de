package org.buildengine.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.buildengine.client.proxy.LocalProxy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/**
 * {@code engine run}: runs a program with a session. The program starts at once; its requests wait for the session, and get
 * the reason if it cannot be opened.
 */
@Command(
        name = "run",
        description = "Runs a program that uses a Dagger SDK, with a session of its own.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Options of engine stand before COMMAND; everything after it is the program's.",
            "While a tree is drawn, what the program prints to the same terminal appears",
            "above it; --progress=plain leaves the terminal to the program.",
            "",
            "Example:",
            "  engine run --progress=plain python pipeline.py --fast",
            "",
            "Exits with the program's exit code, or with 1 if no session could be opened."
        })
@SuppressWarnings("UnusedVariable") // some options are only accepted
final class RunCommand implements Callable<Integer> {
    /** What shells say of a program that they cannot start. */
    private static final int NOT_STARTED = 127;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Main main;

    @Option(
            names = "--embedded",
            description = "Run the engine inside this command instead of using the machine's daemon.")
    private boolean embedded;

    @Option(
            names = "--cleanup-timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = Durations.class,
            description = "How long the program may take to end when the command is interrupted (default: 10s).")
    private Duration cleanupTimeout = Duration.ofSeconds(10);

    @Option(names = "--focus", hidden = true, description = "Accepted for compatibility.")
    private boolean focus;

    @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "The program and its arguments.")
    private List<String> command = List.of();

    @Override
    public Integer call() throws IOException, InterruptedException {
        EngineChoice engine = embedded ? EmbeddedEngine.choice() : EngineChoice.from(System.getenv());
        OpenSession session = OpenSession.begin(
                engine, main.options().display(), main.options().workdir(), VersionCommand.API_VERSION);
        try (LocalProxy proxy = LocalProxy.open(session.session())) {
            Optional<Process> started = start(session, proxy);
            if (started.isEmpty()) {
                session.close();
                return NOT_STARTED;
            }
            Process child = started.get();
            Runnable saidAll =
                    session.programOutput().map(output -> output.follow(child)).orElse(() -> {});
            session.session().exceptionally(failure -> {
                session.say("engine: " + Failures.describe(failure));
                return null;
            });
            try (OnSignal _ = OnSignal.then(() -> interrupted(child, session, saidAll))) {
                int code = child.waitFor();
                saidAll.run();
                session.close();
                return code == 0 && session.failure().isPresent() ? 1 : code;
            }
        }
    }

    private Optional<Process> start(OpenSession session, LocalProxy proxy) {
        ProcessBuilder builder = new ProcessBuilder(
                        embedded
                                ? EmbeddedEngine.outside(command, main.options().workdir())
                                : command)
                .inheritIO()
                .directory(main.options().workdir().toFile());
        Map<String, String> environment = builder.environment();
        environment.put("DAGGER_SESSION_PORT", Integer.toString(proxy.port()));
        environment.put("DAGGER_SESSION_TOKEN", proxy.token());
        environment.put("TRACEPARENT", session.trace().traceparent());
        environment.remove("ENGINE_MOUNT_NAMESPACE");
        session.programOutput().ifPresent(output -> output.redirect(builder));
        try {
            return Optional.of(builder.start());
        } catch (IOException e) {
            session.say("engine: cannot start " + command.getFirst() + ": " + Failures.describe(e));
            return Optional.empty();
        }
    }

    /** Runs while the virtual machine ends: lets the program end by itself first, as Dagger's CLI does. */
    private int interrupted(Process child, OpenSession session, Runnable saidAll) {
        int code = 2;
        try {
            child.destroy();
            if (child.waitFor(cleanupTimeout)) {
                code = child.exitValue();
            } else {
                child.destroyForcibly();
                session.say("engine: run canceled");
            }
        } catch (InterruptedException e) {
            session.say("engine: run canceled");
        }
        saidAll.run();
        session.close();
        return code;
    }
}
