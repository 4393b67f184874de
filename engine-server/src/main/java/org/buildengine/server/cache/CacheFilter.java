package org.buildengine.server.cache;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.RecordType;

/**
 * Filters over records in containerd's grammar, as {@code buildctl --filter} passes them on: selectors {@code field==value},
 * {@code field!=value}, {@code field~=expression} and {@code field}, which asks whether it is there. A comma between selectors
 * means "and", several filters mean "or", and the empty filter matches everything. What is {@code shared} there is needed by
 * another store too, that of the daemon which BuildKit may be a part of; there is none here, so everything is {@code private}.
 */
public final class CacheFilter {
    private static final Pattern SELECTOR = Pattern.compile(
            "\\s*+([A-Za-z_]++)\\s*+(?:(==|!=|~=)\\s*+(\"(?:[^\"\\\\]|\\\\.)*+\"|[^,\"]*+))?\\s*+(?:,|$)");

    /** Some seconds of work at worst; a hundred looks for each character of twenty thousand usual descriptions. */
    private static final long MOST_LOOKS = 200_000_000;

    private CacheFilter() {}

    /**
     * What at least one of the filters matches; without filters, everything. To be asked by one thread at a time, about the
     * records of one request: it throws IllegalArgumentException too, when regular expressions have taken too long in all.
     *
     * @throws IllegalArgumentException if one is none; the message is for the person who wrote it
     */
    public static Predicate<CacheRecord> anyOf(List<String> filters) {
        var effort = new Effort(MOST_LOOKS);
        return filters.stream()
                .map(filter -> parse(filter, effort))
                .reduce(Predicate::or)
                .orElse(_ -> true);
    }

    private static Predicate<CacheRecord> parse(String filter, Effort effort) {
        if (filter.isBlank()) {
            return _ -> true;
        }
        Predicate<CacheRecord> all = _ -> true;
        Matcher selector = SELECTOR.matcher(filter);
        int at = 0;
        while (at < filter.length()) {
            if (!selector.region(at, filter.length()).lookingAt()) {
                throw new IllegalArgumentException("the filter \"" + filter + "\" is wrong from \""
                        + filter.substring(at) + "\" on: write field==value, field!=value, field~=expression or field,"
                        + " with commas between them");
            }
            Predicate<CacheRecord> one = selector.group(2) == null
                    ? presence(filter, selector.group(1))
                    : comparison(filter, selector.group(1), selector.group(2), unquoted(selector.group(3)), effort);
            all = all.and(one);
            at = selector.end();
        }
        return all;
    }

    private static String unquoted(String value) {
        return value.startsWith("\"")
                ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1")
                : value.strip();
    }

    private static Predicate<CacheRecord> presence(String filter, String field) {
        return switch (field) {
            case "inuse" -> CacheRecord::inUse;
            case "shared" -> _ -> false;
            case "private" -> _ -> true;
            case "mutable" -> CacheFilter::mutable;
            case "immutable" -> Predicate.not(CacheFilter::mutable);
            default -> {
                Function<CacheRecord, String> text = text(filter, field);
                yield record -> !text.apply(record).isEmpty();
            }
        };
    }

    private static Predicate<CacheRecord> comparison(
            String filter, String field, String operator, String value, Effort effort) {
        Function<CacheRecord, String> text = text(filter, field);
        if (operator.equals("~=")) {
            Pattern expression = expression(filter, value);
            return record -> effort.finds(expression, text.apply(record), filter);
        }
        boolean equal = operator.equals("==");
        return record -> text.apply(record).equals(value) == equal;
    }

    private static Pattern expression(String filter, String value) {
        try {
            return Pattern.compile(value);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "the filter \"" + filter + "\" has no regular expression in \"" + value + "\": "
                            + e.getDescription(),
                    e);
        }
    }

    /** Fields with a text. There are no parents here: a record names all it needs itself. */
    private static Function<CacheRecord, String> text(String filter, String field) {
        return switch (field) {
            case "id" -> CacheRecord::id;
            case "type" -> record -> record.origin().type().toString();
            case "description" -> record -> record.origin().description();
            case "parents" -> _ -> "";
            default ->
                throw new IllegalArgumentException("the filter \"" + filter + "\" names no field of a record: known are"
                        + " id, type, description and parents, and without a value inuse, shared, private, mutable and"
                        + " immutable");
        };
    }

    /** Whether executions write to it. */
    public static boolean mutable(CacheRecord record) {
        return record.origin().type() == RecordType.CACHE_MOUNT;
    }
}
