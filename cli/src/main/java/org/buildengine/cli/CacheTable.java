package org.buildengine.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.buildengine.client.CacheEntry;
import org.buildengine.client.CacheListing;
import org.buildengine.client.CacheOwner;
import org.buildengine.client.progress.OutputLines;
import org.buildengine.session.Beginning;

/** What a cache has, as people and programs read it. */
final class CacheTable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB"};
    private static final int LONGEST_DESCRIPTION = 100;

    private final Instant now;

    /**
     * A table.
     *
     * @param now what ages are counted to
     */
    CacheTable(Instant now) {
        this.now = now;
    }

    /** A line for each entry below a line of titles; columns are as wide as they have to be. */
    List<String> lines(List<CacheEntry> entries) {
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("ID", "TYPE", "SIZE", "SHARED", "LAST USED", "IN USE", "DESCRIPTION"));
        for (CacheEntry entry : entries) {
            rows.add(List.of(
                    entry.id(),
                    entry.type(),
                    bytes(entry.exclusiveBytes() + entry.sharedBytes()),
                    bytes(entry.sharedBytes()),
                    ago(Duration.between(entry.lastUsed(), now)),
                    entry.inUse() ? "yes" : "no",
                    oneLine(entry.description())));
        }
        return table(rows, List.of(2, 3));
    }

    /** The same for owners. */
    List<String> owners(List<CacheOwner> owners) {
        if (owners.isEmpty()) {
            return List.of("Nobody holds anything.");
        }
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("RESULTS", "SINCE", "OWNER"));
        for (CacheOwner owner : owners) {
            rows.add(List.of(
                    String.valueOf(owner.results()), ago(Duration.between(owner.since(), now)), oneLine(owner.name())));
        }
        return table(rows, List.of(0));
    }

    private static List<String> table(List<List<String>> rows, List<Integer> toTheRight) {
        var widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return rows.stream().map(row -> line(row, widths, toTheRight)).toList();
    }

    private static String line(List<String> row, int[] widths, List<Integer> toTheRight) {
        var line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = row.get(i);
            String room = " ".repeat(widths[i] - cell.length());
            line.append(toTheRight.contains(i) ? room + cell : cell + room).append("  ");
        }
        return line.toString().stripTrailing();
    }

    private static String oneLine(String text) {
        String plain = OutputLines.plain(text.replaceAll("\\s+", " "));
        return Beginning.abbreviated(plain, LONGEST_DESCRIPTION);
    }

    /** A number of bytes with three digits or so; units are powers of 1000. */
    static String bytes(long bytes) {
        double number = bytes;
        int unit = 0;
        while (number >= 999.5 && unit < UNITS.length - 1) {
            number /= 1000;
            unit++;
        }
        boolean plain = unit == 0 || number >= 99.95;
        return String.format(Locale.ROOT, plain ? "%.0f %s" : "%.1f %s", number, UNITS[unit]);
    }

    /** A time in the largest unit of which there are not only a few. */
    static String time(Duration time) {
        if (time.compareTo(Duration.ofSeconds(1)) < 0) {
            return time.toMillis() + " ms";
        }
        if (time.toSeconds() < 100) {
            return time.toSeconds() + " s";
        }
        if (time.toMinutes() < 100) {
            return time.toMinutes() + " min";
        }
        return time.toHours() < 72 ? time.toHours() + " h" : time.toDays() + " days";
    }

    /** An age for people. */
    static String ago(Duration age) {
        return age.toSeconds() < 1 ? "now" : time(age) + " ago";
    }

    /** One JSON object: {@code bytes} and, for each entry, everything that is known. */
    static String json(CacheListing listing) throws IOException {
        ObjectNode all = JSON.createObjectNode().put("bytes", listing.bytes());
        var records = all.putArray("records");
        for (CacheEntry entry : listing.entries()) {
            records.addObject()
                    .put("id", entry.id())
                    .put("type", entry.type())
                    .put("description", entry.description())
                    .put("exclusiveBytes", entry.exclusiveBytes())
                    .put("sharedBytes", entry.sharedBytes())
                    .put("created", entry.created().toString())
                    .put("lastUsed", entry.lastUsed().toString())
                    .put("costMillis", entry.cost().toMillis())
                    .put("inUse", entry.inUse());
        }
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all);
    }

    /** One JSON object with the owners. */
    static String json(List<CacheOwner> owners) throws IOException {
        ObjectNode all = JSON.createObjectNode();
        var list = all.putArray("owners");
        for (CacheOwner owner : owners) {
            list.addObject()
                    .put("name", owner.name())
                    .put("since", owner.since().toString())
                    .put("results", owner.results());
        }
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all);
    }
}
