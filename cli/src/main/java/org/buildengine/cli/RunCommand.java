package org.buildengine.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code engine run}: runs a program with a session; see {@link ProgramRun}. */
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
    private Duration cleanupTimeout = ProgramRun.CLEANUP_TIMEOUT;

    @Option(names = "--focus", hidden = true, description = "Accepted for compatibility.")
    private boolean focus;

    @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "The program and its arguments.")
    private List<String> command = List.of();

    @Override
    public Integer call() throws IOException, InterruptedException {
        return new ProgramRun(
                        embedded ? EmbeddedEngine.choice() : EngineChoice.from(System.getenv()),
                        main.options().display(),
                        main.options().workdir(),
                        cleanupTimeout,
                        command)
                .run();
    }
}
