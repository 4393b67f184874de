package org.buildengine.solver.benchmark;

import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** The heap after collection. */
final class Heap {
    private static final int COLLECTIONS = 4;

    /** Number, instances, bytes, class and module. */
    private static final Pattern ROW = Pattern.compile("^\\s*\\d+:\\s+\\d+\\s+(\\d+)\\s+(\\S+)");

    private static final Pattern THREADS =
            Pattern.compile("java\\.lang\\.VirtualThread|jdk\\.internal\\.vm\\.(StackChunk|Continuation)");

    private Heap() {}

    /** Bytes that are alive. */
    @SuppressWarnings("SystemGc") // what is left after it is what is measured
    static long live() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Bytes that virtual threads and their stacks have of it. */
    static long ofVirtualThreads() {
        return histogram()
                .lines()
                .map(Heap::row)
                .flatMap(Optional::stream)
                .filter(row -> THREADS.matcher(row.type()).lookingAt())
                .mapToLong(Row::bytes)
                .sum();
    }

    private record Row(String type, long bytes) {}

    private static Optional<Row> row(String line) {
        Matcher row = ROW.matcher(line);
        return row.find() ? Optional.of(new Row(row.group(2), Long.parseLong(row.group(1)))) : Optional.empty();
    }

    private static String histogram() {
        try {
            return (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            ObjectName.getInstance("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
        } catch (JMException e) {
            throw new IllegalStateException("no histogram of the heap", e);
        }
    }
}
