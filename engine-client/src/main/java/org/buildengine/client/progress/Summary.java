package org.buildengine.client.progress;

import java.util.List;
import java.util.Locale;
import org.buildengine.client.progress.Step.State;
import org.buildengine.session.Counted;

/**
 * How many steps there were of each kind.
 *
 * @param steps all that began
 * @param done ran and succeeded
 * @param cached were there already
 * @param failed failed
 * @param canceled were given up, or never ended
 */
public record Summary(int steps, int done, int cached, int failed, int canceled) {
    /** Counts steps that nobody works on any more. */
    public static Summary of(List<Step> steps) {
        return new Summary(
                steps.size(),
                count(steps, State.DONE),
                count(steps, State.CACHED),
                count(steps, State.FAILED),
                count(steps, State.RUNNING) + count(steps, State.CANCELED));
    }

    private static int count(List<Step> steps, State state) {
        return Math.toIntExact(
                steps.stream().filter(step -> step.state() == state).count());
    }

    /** One sentence. */
    public String text() {
        return Counted.of(steps, "step") + ": " + done + " done, "
                + cached + " cached, "
                + failed + " failed"
                + (canceled > 0 ? ", " + canceled + " canceled" : "")
                + ".";
    }

    /**
     * A time that something took.
     *
     * @param nanos the time in nanoseconds
     * @return such as {@code 0.41s}, {@code 12.3s}, {@code 2m05s}
     */
    public static String seconds(long nanos) {
        if (nanos < 1_000_000_000L) {
            return String.format(Locale.ROOT, "%.2fs", nanos / 1e9);
        }
        if (nanos < 60_000_000_000L) {
            return String.format(Locale.ROOT, "%.1fs", nanos / 1e9);
        }
        long whole = nanos / 1_000_000_000L;
        return String.format(Locale.ROOT, "%dm%02ds", whole / 60, whole % 60);
    }

    /** The first line of why a step failed, safe to show; may be empty. */
    public static String reason(Step step) {
        return step.message().lines().findFirst().map(OutputLines::plain).orElse("");
    }
}
