package org.buildengine.snapshotter;

/**
 * Where a result comes from, for people who look at the cache.
 *
 * @param description in one line, at most {@value #LONGEST} characters
 */
public record Origin(RecordType type, String description) {
    /** Longer descriptions are cut. */
    public static final int LONGEST = 500;

    /** Of a result of which nothing is known. */
    public static final Origin UNKNOWN = new Origin(RecordType.REGULAR, "");

    public Origin {
        description = Excerpt.abbreviated(description, LONGEST);
    }
}
