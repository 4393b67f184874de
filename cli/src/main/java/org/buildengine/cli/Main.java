package org.buildengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The {@code engine} command: parses the command line, hands over to a command, exits with its code. A {@link PlainLine} needs no parser. */
@Command(
        name = "engine",
        description = "Runs builds that Dagger SDKs describe, in containers, each step once.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Start here:",
            "  engine doctor                    does this machine have what it takes?",
            "  engine run python pipeline.py    runs a program that uses a Dagger SDK",
            "",
            "Which engine (the machine's own is started when it is needed):",
            "  ENGINE_HOST=unix:///path         uses the one that listens there",
            "  ENGINE_HOST=tcp://host:port      or there",
            "",
            "Ends with 0, with the program's own code (run), with 2 for a wrong command",
            "line or an interrupted run, else with 1."
        },
        versionProvider = VersionCommand.class,
        subcommands = {
            RunCommand.class,
            QueryCommand.class,
            SessionCommand.class,
            ListenCommand.class,
            ServeCommand.class,
            DuCommand.class,
            PruneCommand.class,
            ExplainCommand.class,
            DiffCommand.class,
            LogsCommand.class,
            WaitsCommand.class,
            DoctorCommand.class,
            CompletionCommand.class,
            VersionCommand.class,
            TrainCommand.class
        })
public final class Main {
    @Mixin
    private GlobalOptions options = new GlobalOptions();

    private Main() {}

    /**
     * Runs one command and ends the virtual machine with its exit code.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        Logging.configure();
        System.exit(execute(args));
    }

    /**
     * Runs one command in this virtual machine.
     *
     * @param args the command line
     * @return the exit code: 0, the child's own for {@code run}, 2 for a wrong command line or an interrupted run, else 1
     */
    static int execute(String... args) {
        Optional<Callable<Integer>> plain = PlainLine.read(System.getenv(), args);
        if (plain.isEmpty()) {
            return executeParsed(args);
        }
        try {
            return plain.get().call();
        } catch (Exception e) {
            System.err.println("engine: " + Failures.describe(e));
            return 1;
        }
    }

    private static int executeParsed(String... args) {
        var file = new StandardOutput();
        var out = new PrintWriter(file, true, StandardCharsets.UTF_8);
        int code = commandLine(out).execute(args);
        out.flush();
        Optional<IOException> lost = file.failure();
        lost.ifPresent(why -> System.err.println("engine: the output cannot be written: " + why.getMessage()));
        return code == 0 && lost.isPresent() ? 1 : code;
    }

    /**
     * The commands with all their options.
     *
     * @param out what they print to
     */
    static CommandLine commandLine(PrintWriter out) {
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        CommandLine line = new CommandLine(new Main())
                .setErr(err)
                .setOut(out)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println("engine: " + Failures.describe(failure));
                    return 1;
                });
        for (CommandLine command : line.getSubcommands().values()) {
            if (command.getCommand() instanceof RunCommand) {
                command.setStopAtPositional(true);
            }
            if (command.getCommand() instanceof ServeCommand) {
                ServeCommand.addOptions(command.getCommandSpec());
            }
        }
        return line;
    }

    /** The options that stand before or after the command's name. */
    GlobalOptions options() {
        return options;
    }
}
