package org.buildengine.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.buildengine.cli.display.Displays;
import org.buildengine.cli.display.StandardStreams;
import org.buildengine.client.progress.GoOn;
import org.buildengine.client.progress.JsonProgress;
import org.buildengine.client.progress.PlainProgress;
import org.buildengine.client.progress.ProgressDisplay;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Options that every command takes, before or after its name. */
final class GlobalOptions {
    /** How progress can be shown. */
    enum ProgressMode {
        /** A tree where one can be drawn, else lines. */
        AUTO,
        /** Lines. */
        PLAIN,
        /** A tree, also in the background. */
        TTY,
        /** Objects, one per line. */
        JSON,
        /** Nothing. */
        QUIET,
        /** A mode of Dagger's command that is shown as lines. */
        DOTS,
        /** As {@link #DOTS}. */
        LOGS,
        /** As {@link #DOTS}. */
        REPORT
    }

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
        return display(mode());
    }

    /** The same for a command beside which others use the terminal: no tree unless it is asked for. */
    Optional<ProgressDisplay> displayBesideOthers() {
        ProgressMode mode = mode();
        return display(mode == ProgressMode.AUTO ? ProgressMode.PLAIN : mode);
    }

    private Optional<ProgressDisplay> display(ProgressMode mode) {
        if (mode == ProgressMode.QUIET
                || silent
                || quiet.length > 0
                || isSet("DAGGER_SILENT")
                || isSet("DAGGER_QUIET")) {
            return Optional.empty();
        }
        boolean everything = verbose.length > 0 || debug;
        GoOn goOn = new GoOn(commandLine());
        if (isTree(mode)) {
            return Optional.of(Displays.tree(System.getenv(), everything, goOn));
        }
        PrintWriter err = new PrintWriter(System.err, false, StandardCharsets.UTF_8);
        return Optional.of(
                mode == ProgressMode.JSON
                        ? new JsonProgress(err, everything)
                        : new PlainProgress(err, everything, goOn));
    }

    /** A tree is drawn where it can be, and in {@code auto} where nobody else is likely to draw. */
    private static boolean isTree(ProgressMode mode) {
        return switch (mode) {
            case TTY -> StandardStreams.canDraw(System.getenv());
            case AUTO -> StandardStreams.canDraw(System.getenv()) && StandardStreams.inForeground();
            default -> false;
        };
    }

    private List<String> commandLine() {
        List<String> words = new ArrayList<>(List.of("engine"));
        words.addAll(spec.root().commandLine().getParseResult().originalArgs());
        return words;
    }

    private ProgressMode mode() {
        try {
            return ProgressMode.valueOf(progress.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "--progress: \"" + progress + "\" is none of auto, plain, tty, json, quiet", e);
        }
    }

    private static boolean isSet(String variable) {
        String value = System.getenv(variable);
        return value != null && !value.isEmpty() && !value.equals("0") && !value.equals("false");
    }
}
