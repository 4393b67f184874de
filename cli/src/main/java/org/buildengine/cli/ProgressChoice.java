package org.buildengine.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.cli.display.Displays;
import org.buildengine.cli.display.StandardStreams;
import org.buildengine.client.progress.GoOn;
import org.buildengine.client.progress.JsonProgress;
import org.buildengine.client.progress.PlainProgress;
import org.buildengine.client.progress.ProgressDisplay;

/**
 * How a command shows progress.
 *
 * @param mode what it was told
 * @param everything whether calls that only describe something are shown too
 * @param environment the environment of this process
 * @param words the command line without the launcher's name
 */
record ProgressChoice(Mode mode, boolean everything, Map<String, String> environment, List<String> words) {
    /** How progress can be shown. */
    enum Mode {
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
        REPORT;

        /** The mode that somebody means, in upper or lower case. */
        static Optional<Mode> named(String name) {
            return Arrays.stream(values())
                    .filter(mode -> mode.name().equalsIgnoreCase(name))
                    .findFirst();
        }
    }

    /** The same where programs that are started elsewhere use the terminal too: no tree unless it is asked for. */
    ProgressChoice besideOthers() {
        return new ProgressChoice(mode == Mode.AUTO ? Mode.PLAIN : mode, everything, environment, List.of());
    }

    /** What shows progress on standard error; empty for nothing. */
    Optional<ProgressDisplay> display() {
        if (mode == Mode.QUIET || isSet("DAGGER_SILENT") || isSet("DAGGER_QUIET")) {
            return Optional.empty();
        }
        GoOn goOn = words.isEmpty() ? GoOn.elsewhere() : new GoOn(commandLine());
        if (isTree()) {
            return Optional.of(Displays.tree(environment, everything, goOn));
        }
        PrintWriter err = new PrintWriter(System.err, false, StandardCharsets.UTF_8);
        return Optional.of(
                mode == Mode.JSON
                        ? new JsonProgress(err, everything)
                        : new PlainProgress(err, everything, colours(), goOn));
    }

    /** Whether what reads the lines may be sent colours: a terminal that knows none says so, and so can the user. */
    private boolean colours() {
        return environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    /** A tree is drawn where it can be, and in {@code auto} where nobody else is likely to draw. */
    private boolean isTree() {
        return switch (mode) {
            case TTY -> StandardStreams.canDraw(environment);
            case AUTO -> StandardStreams.canDraw(environment) && StandardStreams.inForeground();
            default -> false;
        };
    }

    private List<String> commandLine() {
        List<String> line = new ArrayList<>(List.of("engine"));
        line.addAll(words);
        return line;
    }

    private boolean isSet(String variable) {
        String value = environment.getOrDefault(variable, "");
        return !value.isEmpty() && !value.equals("0") && !value.equals("false");
    }
}
