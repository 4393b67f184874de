package org.buildengine.snapshotter;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Rows that whoever decides what is built keeps beside the results: what was asked for, and why it ran. The store knows
 * nothing of their contents, and nothing depends on them; a loss of power may take the youngest. Safe for use by several
 * threads; look-ups take microseconds.
 */
public interface BuildRows {
    /** The kinds of rows; keys of different kinds are apart. */
    enum Kind {
        /** What is known of a build. */
        BUILD,
        /** What was decided about steps of a build. */
        DECISION,
        /** What a step is, and how it went last. */
        STEP,
        /** Leads from what a step has in common with others to the latest of them. */
        LINEAGE
    }

    /** A row to be put, or to be deleted if it has no value. */
    final class Change {
        private final Kind kind;
        private final byte[] key;
        private final Optional<byte[]> value;

        private Change(Kind kind, byte[] key, Optional<byte[]> value) {
            this.kind = kind;
            this.key = key;
            this.value = value;
        }

        public static Change put(Kind kind, byte[] key, byte[] value) {
            return new Change(kind, key, Optional.of(value));
        }

        public static Change delete(Kind kind, byte[] key) {
            return new Change(kind, key, Optional.empty());
        }

        public Kind kind() {
            return kind;
        }

        public byte[] key() {
            return key;
        }

        public Optional<byte[]> value() {
            return value;
        }
    }

    /** Called for each row of a scan. */
    @FunctionalInterface
    interface Visitor {
        void visit(byte[] key, byte[] value) throws IOException;
    }

    /** The row under {@code key}. */
    Optional<byte[]> get(Kind kind, byte[] key) throws IOException;

    /** Visits the rows whose keys begin with {@code prefix}, in the order of their bytes. */
    void scan(Kind kind, byte[] prefix, Visitor visitor) throws IOException;

    /** The last key. */
    Optional<byte[]> lastKey(Kind kind) throws IOException;

    /** Makes all changes or none; they are seen when this returns. */
    void write(List<Change> changes) throws IOException;
}
