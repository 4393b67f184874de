package org.buildengine.client.progress;

import java.io.PrintWriter;
import java.util.List;
import org.buildengine.client.progress.Step.State;
import org.buildengine.client.telemetry.TelemetryListener;

/**
 * Prints progress as plain lines: {@code #3 exec make}, {@code #3 | output}, {@code #3 DONE 1.2s} or {@code CACHED} or
 * {@code ERROR}; at the end a summary, with the last lines of each failing step and how to go on.
 *
 * <p>Thread-safe: lines are printed whole, under the model's lock.
 */
public final class PlainProgress implements ProgressDisplay {
    private final PrintWriter out;
    private final Steps steps;
    private final GoOn goOn;
    private final boolean colours;
    private int current;

    /**
     * Makes a display.
     *
     * @param out where lines go; flushed after each event
     * @param everything whether calls that only describe something are shown too
     * @param colours whether the colours of what steps print are kept
     * @param goOn what is advised after a failure
     */
    public PlainProgress(PrintWriter out, boolean everything, boolean colours, GoOn goOn) {
        this.out = out;
        this.colours = colours;
        this.goOn = goOn;
        this.steps = new Steps(new Lines(), everything);
    }

    @Override
    public TelemetryListener listener() {
        return steps;
    }

    @Override
    public void print(List<String> lines) {
        lines.forEach(out::println);
        out.flush();
    }

    /** Prints the summary; nothing if nothing was done. */
    @Override
    public void finish() {
        steps.giveUp();
        steps.read(all -> {
            finish(all);
            return all.size();
        });
    }

    private void finish(List<Step> all) {
        if (all.isEmpty()) {
            return;
        }
        List<Step> failed =
                all.stream().filter(step -> step.state() == State.FAILED).toList();
        for (Step step : failed) {
            out.println();
            out.println("Failed: #" + step.number() + " " + step.name() + reason(step));
            step.lastLines().forEach(line -> out.println("    " + closed(line)));
        }
        out.println();
        out.println(Summary.of(all).text());
        if (!failed.isEmpty()) {
            goOn.lines().forEach(out::println);
        }
        out.flush();
    }

    private static String reason(Step step) {
        String reason = Summary.reason(step);
        return reason.isEmpty() ? "" : ": " + reason;
    }

    /** A line whose colours do not go on in the next, or without any. */
    private String closed(String line) {
        if (!colours) {
            return OutputLines.colourless(line);
        }
        return line.indexOf(0x1b) < 0 ? line : line + "\u001b[0m";
    }

    private final class Lines implements StepListener {
        @Override
        public void began(Step step) {
            // The first line of a step names it, so that nothing needs repeating while steps run one after the other.
            separate(step);
            out.println("#" + step.number() + " " + step.name());
            out.flush();
        }

        @Override
        public void printed(Step step, List<String> lines) {
            separate(step);
            lines.forEach(line -> out.println("#" + step.number() + " | " + closed(line)));
            out.flush();
        }

        @Override
        public void ended(Step step) {
            separate(step);
            String end = switch (step.state()) {
                case CACHED -> "CACHED";
                case CANCELED -> "CANCELED " + Summary.seconds(step.nanos());
                case FAILED -> "ERROR " + Summary.seconds(step.nanos()) + reason(step);
                case PENDING, RUNNING, DONE -> "DONE " + Summary.seconds(step.nanos());
            };
            out.println("#" + step.number() + " " + end);
            out.flush();
        }

        /** An empty line where another step goes on. */
        private void separate(Step step) {
            if (current != 0 && current != step.number()) {
                out.println();
            }
            current = step.number();
        }
    }
}
