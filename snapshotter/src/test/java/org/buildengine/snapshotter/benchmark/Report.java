package org.buildengine.snapshotter.benchmark;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Takes times and prints them. Used by one thread. */
final class Report {
    private static final int DEADLINE_MINUTES = 10;

    private final PrintStream out =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    /** Something to be measured. */
    @FunctionalInterface
    interface Work {
        void run() throws Exception;
    }

    /** Milliseconds of several runs. */
    static final class Times {
        private final double[] sorted;

        Times(double[] taken) {
            this.sorted = taken.clone();
            Arrays.sort(sorted);
        }

        double median() {
            return sorted[sorted.length / 2];
        }

        private double least() {
            return sorted[0];
        }

        private double most() {
            return sorted[sorted.length - 1];
        }

        @Override
        public String toString() {
            return "median %.2f ms, from %.2f to %.2f".formatted(median(), least(), most());
        }
    }

    /** What came of some work, and the milliseconds that it took. */
    record Timed<T>(double millis, T result) {}

    static <T> Timed<T> timed(Callable<T> work) throws Exception {
        long start = System.nanoTime();
        T result = work.call();
        return new Timed<>((System.nanoTime() - start) / 1e6, result);
    }

    /** Milliseconds that {@code work} takes. */
    static double millis(Work work) throws Exception {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /** The times of so many runs, after as many that do not count as {@code warm} says. */
    static Times repeat(int warm, int times, Work work) throws Exception {
        for (int i = 0; i < warm; i++) {
            work.run();
        }
        double[] taken = new double[times];
        for (int i = 0; i < times; i++) {
            taken[i] = millis(work);
        }
        return new Times(taken);
    }

    /** Runs a command of the host to its end; what it prints goes to where this program's errors go. */
    static void command(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!process.waitFor(DEADLINE_MINUTES, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IOException("still running after " + DEADLINE_MINUTES + " minutes: " + List.of(command));
        }
        if (process.exitValue() != 0) {
            throw new IOException("ended with " + process.exitValue() + ": " + List.of(command));
        }
    }

    void line(String text) {
        out.println(text);
    }

    /** What was measured by itself. */
    void time(String what, Times ours, String bound) {
        line("%s: %s (bound %s)".formatted(what, ours, bound));
    }

    /** What was measured in turns with something else. */
    void ratio(String what, Times ours, String peer, Times theirs, double bound) {
        double base = theirs.median();
        line(what + ": " + ours);
        line("  " + peer + ": " + theirs);
        line("  ratio %.2fx of the medians, %.2fx to %.2fx (bound %.2fx)"
                .formatted(ours.median() / base, ours.least() / base, ours.most() / base, bound));
    }
}
