package org.buildengine.cli.display;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.buildengine.client.progress.GoOn;
import org.buildengine.client.progress.ProgressDisplay;
import org.buildengine.client.progress.Steps;
import org.jline.utils.Signals;

/** Makes trees on the terminal of this process. */
public final class Displays {
    private Displays() {}

    /**
     * A tree on standard error, which has to be a terminal.
     *
     * @param environment the environment of this process
     * @param everything whether calls that only describe something are shown too
     * @param goOn what is advised after a failure
     */
    public static ProgressDisplay tree(Map<String, String> environment, boolean everything, GoOn goOn) {
        return new LiveProgress((steps, wake) -> open(steps, wake, environment, goOn), everything);
    }

    /** How a program has to be started whose output would break a display; empty if it breaks none. */
    public static Optional<ProgramOutput> output(ProgressDisplay display) {
        return display instanceof LiveProgress live ? Optional.of(new ProgramOutput(live)) : Optional.empty();
    }

    private static Screen open(Steps steps, Runnable wake, Map<String, String> environment, GoOn goOn) {
        Theme theme = Theme.of(environment);
        Screen screen = new TerminalScreen(
                steps,
                new TreeRenderer(theme, goOn),
                theme,
                environment.getOrDefault("TERM", "ansi"),
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.err), 64 * 1024),
                TerminalSize::now,
                Clock.systemUTC());
        Signals.register("WINCH", () -> {
            screen.resized();
            wake.run();
        });
        Signals.register("CONT", () -> {
            screen.interrupted();
            wake.run();
        });
        return screen;
    }
}
