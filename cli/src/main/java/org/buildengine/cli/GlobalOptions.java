package org.buildengine.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.buildengine.client.progress.PlainProgress;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Options that every command takes, before or after its name. */
final class GlobalOptions {
    /** How progress can be shown; names that Dagger's users know and that we show as plain lines are welcome. */
    enum ProgressMode {
        AUTO,
        PLAIN,
        TTY,
        DOTS,
        LOGS,
        REPORT,
        QUIET
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--progress",
            scope = ScopeType.INHERIT,
            paramLabel = "MODE",
            defaultValue = "${env:DAGGER_PROGRESS:-auto}",
            description = "How progress is shown on standard error: auto, plain, quiet.")
    private String progress = "auto";

    @Option(
            names = {"-s", "--silent"},
            scope = ScopeType.INHERIT,
            description = "Show no progress. Also: DAGGER_SILENT=1.")
    private boolean silent;

    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "Show no progress; may be repeated.")
    private boolean[] quiet = new boolean[0];

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Show every call, also those that only describe something; may be repeated.")
    private boolean[] verbose = new boolean[0];

    @Option(
            names = {"-d", "--debug"},
            scope = ScopeType.INHERIT,
            description = "Show what the command itself does.")
    private boolean debug;

    @Option(
            names = "--workdir",
            scope = ScopeType.INHERIT,
            paramLabel = "DIRECTORY",
            defaultValue = "${env:DAGGER_WORKDIR:-.}",
            description = "Directory that relative paths of the host start at. Also: DAGGER_WORKDIR.")
    private Path workdir = Path.of(".");

    /** The directory that relative paths start at, absolute. */
    Path workdir() {
        Path directory = workdir.toAbsolutePath().normalize();
        if (!Files.isDirectory(directory)) {
            throw new ParameterException(
                    spec.commandLine(), "--workdir: there is no directory " + directory + " on this machine");
        }
        return directory;
    }

    boolean debug() {
        return debug;
    }

    /** Whether anything is shown while a command works. */
    boolean showsProgress() {
        return !silent
                && quiet.length == 0
                && mode() != ProgressMode.QUIET
                && !isSet("DAGGER_SILENT")
                && !isSet("DAGGER_QUIET");
    }

    /** A display on standard error. */
    PlainProgress display() {
        return new PlainProgress(
                new PrintWriter(System.err, false, StandardCharsets.UTF_8), verbose.length > 0 || debug);
    }

    private ProgressMode mode() {
        try {
            return ProgressMode.valueOf(progress.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "--progress: \"" + progress + "\" is none of auto, plain, quiet", e);
        }
    }

    private static boolean isSet(String variable) {
        String value = System.getenv(variable);
        return value != null && !value.isEmpty() && !value.equals("0") && !value.equals("false");
    }
}
