package org.buildengine.cli.display;

import java.util.ArrayList;
import java.util.List;
import org.buildengine.cli.display.StepTree.Entry;
import org.buildengine.client.progress.GoOn;
import org.buildengine.client.progress.Step;
import org.buildengine.client.progress.Step.State;
import org.buildengine.client.progress.Summary;
import org.buildengine.session.Counted;
import org.jline.utils.AttributedString;

/**
 * Makes lines of steps: pure, the same steps, size and time give the same lines.
 *
 * <p>What runs and what failed has the first claim on the rows, then its newest output, then what ended last; what finds no
 * place is counted in one line.
 */
final class TreeRenderer {
    private static final int MOST_OUTPUT = 8;
    private static final int RECENT = 3;
    /** As much output goes before what ended. */
    private static final int FEW = 2;

    /** The status, and one that stays free so that the terminal never scrolls the tree. */
    private static final int RESERVED = 2;

    private static final long SECOND = 1_000_000_000L;

    private final Theme theme;
    private final GoOn goOn;

    TreeRenderer(Theme theme, GoOn goOn) {
        this.theme = theme;
        this.goOn = goOn;
    }

    /**
     * The live tree.
     *
     * @param steps all that began
     * @param columns the width of the terminal
     * @param rows the height of the terminal
     * @param now nanoseconds since 1970
     * @return fewer lines than {@code rows}; none if there are no steps
     */
    List<AttributedString> frame(List<Step> steps, int columns, int rows, long now) {
        if (steps.isEmpty()) {
            return List.of();
        }
        Row row = Row.within(theme, columns);
        Layout layout = Layout.of(StepTree.folded(steps).entries(), Math.max(1, rows - RESERVED));
        List<AttributedString> lines = new ArrayList<>();
        if (layout.hidden() > 0) {
            lines.add(row.line(theme.quiet(theme.ellipsis() + " " + layout.hidden() + " more")));
        }
        for (Entry entry : layout.shown()) {
            lines.add(step(row, entry, now));
            if (entry.talks()) {
                List<String> output = entry.step().lastLines();
                output.subList(Math.max(0, output.size() - layout.output()), output.size())
                        .forEach(line -> lines.add(row.output(entry.depth() + 1, line)));
            }
        }
        lines.add(status(row, steps, now));
        return lines;
    }

    /** The final state: every step in one line, what failed with its last lines, and what to do about it. */
    List<AttributedString> last(List<Step> steps, int columns) {
        if (steps.isEmpty()) {
            return List.of();
        }
        Row row = Row.within(theme, columns);
        List<AttributedString> lines = new ArrayList<>();
        StepTree.whole(steps).entries().forEach(entry -> lines.add(step(row, entry, 0)));
        List<Step> failed =
                steps.stream().filter(step -> step.state() == State.FAILED).toList();
        for (Step step : failed) {
            String reason = Summary.reason(step);
            lines.add(AttributedString.EMPTY);
            lines.add(row.line(theme.failure("Failed: " + step.name())));
            step.lastLines().forEach(line -> lines.add(row.output(1, line)));
            if (!reason.isEmpty()) {
                lines.add(row.line(theme.failure("  " + reason)));
            }
        }
        lines.add(AttributedString.EMPTY);
        lines.add(row.line(theme.strong(Summary.of(steps).text())));
        if (!failed.isEmpty()) {
            goOn.lines().forEach(line -> lines.add(new AttributedString(line)));
        }
        return lines;
    }

    /** One step; {@code now} is 0 after the end, when what still runs was given up. */
    private AttributedString step(Row row, Entry entry, long now) {
        Step step = entry.step();
        boolean lost = now == 0 && step.state() == State.RUNNING;
        AttributedString end = switch (step.state()) {
            case PENDING, RUNNING -> theme.quiet(lost ? "canceled" : whole(now - step.start()));
            case CACHED -> theme.cached("cached");
            case CANCELED -> theme.quiet("canceled " + Summary.seconds(step.nanos()));
            case DONE -> theme.quiet(Summary.seconds(step.nanos()));
            case FAILED -> theme.failure("failed " + Summary.seconds(step.nanos()));
        };
        AttributedString mark = theme.mark(lost ? State.CANCELED : step.state());
        return row.pair(entry.depth(), List.of(mark, new AttributedString(" ")), step.name(), end);
    }

    private AttributedString status(Row row, List<Step> steps, long now) {
        long running =
                steps.stream().filter(step -> step.state() == State.RUNNING).count();
        Summary summary = Summary.of(steps);
        String text = Counted.of(summary.steps(), "step")
                + (running > 0 ? ", " + running + " running" : "")
                + (summary.done() > 0 ? ", " + summary.done() + " done" : "")
                + (summary.cached() > 0 ? ", " + summary.cached() + " cached" : "")
                + (summary.failed() > 0 ? ", " + summary.failed() + " failed" : "");
        return row.pair(
                0, List.of(), text, theme.strong(whole(now - steps.getFirst().start())));
    }

    /** Whole seconds: a tree in which nothing happens is drawn once a second. */
    private static String whole(long nanos) {
        long seconds = Math.max(0, nanos) / SECOND;
        return seconds < 60 ? seconds + "s" : seconds / 60 + "m" + (seconds % 60 < 10 ? "0" : "") + seconds % 60 + "s";
    }

    /**
     * Who gets the rows.
     *
     * @param shown the steps that get one
     * @param hidden how many get none
     * @param output how many lines of its output a step gets at most
     */
    private record Layout(List<Entry> shown, int hidden, int output) {
        static Layout of(List<Entry> entries, int rows) {
            List<Entry> open = entries.stream().filter(Entry::open).toList();
            int closed = entries.size() - open.size();
            List<Integer> talk = open.stream()
                    .filter(Entry::talks)
                    .map(entry -> entry.step().lastLines().size())
                    .toList();
            int output = MOST_OUTPUT;
            while (output > 0
                    && open.size() + lines(talk, output) > rows - Math.min(closed, output > FEW ? RECENT : 1)) {
                output--;
            }
            int room = rows - lines(talk, output);
            if (entries.size() <= room) {
                return new Layout(entries, 0, output);
            }
            int places = Math.max(0, room - 1);
            int spare = Math.max(0, places - open.size());
            int skippedOpen = Math.max(0, open.size() - places);
            List<Entry> shown = new ArrayList<>();
            int closedLeft = closed;
            int openSeen = 0;
            for (Entry entry : entries) {
                boolean takes = entry.open() ? openSeen++ >= skippedOpen : closedLeft-- <= spare;
                if (takes) {
                    shown.add(entry);
                }
            }
            return new Layout(shown, entries.size() - shown.size(), output);
        }

        private static int lines(List<Integer> talk, int most) {
            return talk.stream().mapToInt(lines -> Math.min(lines, most)).sum();
        }
    }
}
