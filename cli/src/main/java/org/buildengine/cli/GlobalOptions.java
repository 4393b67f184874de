package org.buildengine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.buildengine.client.progress.ProgressDisplay;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Options that every command takes, before or after its name. */
final class GlobalOptions {
    /** What completion offers. */
    static final class Modes implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return List.of("auto", "plain", "tty", "json", "quiet").iterator();
        }
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    @Option(
            order = 101,
            names = "--progress",
            scope = ScopeType.INHERIT,
            paramLabel = "MODE",
            completionCandidates = Modes.class,
            defaultValue = "${env:DAGGER_PROGRESS:-auto}",
            description = {
                "How progress is shown on standard error: tty (a live tree), plain (lines), json (an object per"
                        + " line), quiet, or auto (default): tty on a terminal, else plain.",
                "Also: DAGGER_PROGRESS."
            })
    private String progress = "auto";

    @Option(
            order = 102,
            names = {"-s", "--silent"},
            scope = ScopeType.INHERIT,
            description = "Show no progress. Also: DAGGER_SILENT=1.")
    private boolean silent;

    @Option(
            order = 103,
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "Show no progress; may be repeated.")
    private boolean[] quiet = new boolean[0];

    @Option(
            order = 104,
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Show every call, also those that only describe something; may be repeated.")
    private boolean[] verbose = new boolean[0];

    @Option(
            order = 105,
            names = {"-d", "--debug"},
            scope = ScopeType.INHERIT,
            description = "Show what the command itself does.")
    private boolean debug;

    @Option(
            order = 106,
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

    /** What shows progress on standard error; empty for nothing. */
    Optional<ProgressDisplay> display() {
        return progress().display();
    }

    /** The same for a command beside which others use the terminal: no tree unless it is asked for. */
    Optional<ProgressDisplay> displayBesideOthers() {
        return progress().besideOthers().display();
    }

    private ProgressChoice progress() {
        ProgressChoice.Mode mode = ProgressChoice.Mode.named(progress)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(),
                        "--progress: \"" + progress + "\" is none of auto, plain, tty, json, quiet"));
        return new ProgressChoice(
                silent || quiet.length > 0 ? ProgressChoice.Mode.QUIET : mode,
                verbose.length > 0 || debug,
                System.getenv(),
                spec.root().commandLine().getParseResult().originalArgs());
    }
}
