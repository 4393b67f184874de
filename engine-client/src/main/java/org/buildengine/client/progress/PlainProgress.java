package org.buildengine.client.progress;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.buildengine.client.progress.Step.State;
import org.buildengine.client.telemetry.TelemetryListener;

/**
 * Prints progress as plain lines: {@code #3 exec make}, {@code #3 | output}, {@code #3 DONE 1.2s} or {@code CACHED} or
 * {@code ERROR}; at the end a summary, with the last lines of each failing step and how to go on.
 *
 * <p>Thread-safe: lines are printed whole, under the model's lock.
 */
public final class PlainProgress {
    private final PrintWriter out;
    private final Steps steps;
    private int current;

    /**
     * Makes a display.
     *
     * @param out where lines go; flushed after each event
     * @param everything whether calls that only describe something are shown too
     */
    public PlainProgress(PrintWriter out, boolean everything) {
        this.out = out;
        this.steps = new Steps(new Lines(), everything);
    }

    /** What feeds the display. */
    public TelemetryListener listener() {
        return steps;
    }

    /** Prints the summary; nothing if nothing was done. */
    public void finish() {
        List<Step> all = steps.all();
        if (all.isEmpty()) {
            return;
        }
        List<Step> failed =
                all.stream().filter(step -> step.state() == State.FAILED).toList();
        for (Step step : failed) {
            out.println();
            out.println("Failed: #" + step.number() + " " + step.name() + reason(step));
            step.lastLines().forEach(line -> out.println("    " + line));
        }
        out.println();
        out.println(all.size() + (all.size() == 1 ? " step: " : " steps: ")
                + count(all, State.DONE) + " done, "
                + count(all, State.CACHED) + " cached, "
                + failed.size() + " failed"
                + (unfinished(all) > 0 ? ", " + unfinished(all) + " canceled" : "")
                + ".");
        if (!failed.isEmpty()) {
            out.println("To go on: steps that are done stay done, so run the same command again after a change;"
                    + " -v shows every call; `engine doctor` checks this machine.");
        }
        out.flush();
    }

    private static long count(List<Step> steps, State state) {
        return steps.stream().filter(step -> step.state() == state).count();
    }

    private static long unfinished(List<Step> steps) {
        return count(steps, State.RUNNING) + count(steps, State.CANCELED);
    }

    private static String reason(Step step) {
        return step.message().isEmpty()
                ? ""
                : ": " + step.message().lines().findFirst().orElse("");
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, nanos < 1_000_000_000L ? "%.2fs" : "%.1fs", nanos / 1e9);
    }

    private final class Lines implements Steps.StepListener {
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
            lines.forEach(line -> out.println("#" + step.number() + " | " + line));
            out.flush();
        }

        @Override
        public void ended(Step step) {
            separate(step);
            String end = switch (step.state()) {
                case CACHED -> "CACHED";
                case CANCELED -> "CANCELED " + seconds(step.nanos());
                case FAILED -> "ERROR " + seconds(step.nanos()) + reason(step);
                case PENDING, RUNNING, DONE -> "DONE " + seconds(step.nanos());
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
