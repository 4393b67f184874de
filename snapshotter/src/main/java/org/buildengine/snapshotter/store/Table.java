package org.buildengine.snapshotter.store;

import java.nio.charset.StandardCharsets;
import org.buildengine.snapshotter.KeyKind;

/** The column families. Names and codes are part of the format on disk. */
enum Table {
    /** Name to value: format, boot id, durable epoch, reserved numbers. */
    META(0),
    /** Recipe key to result number. */
    RECIPE(1),
    /** Producer key to result number. */
    PRODUCER(2),
    /** Content key to result number. */
    CONTENT(3),
    /** Result number to result. */
    RESULT(4),
    /** Layer id to what is known of the layer. */
    LAYER(5),
    /** Digest to size. */
    BLOB(6),
    /** Name of something being made to its purpose. */
    INTENT(7),
    /** Epoch, table and key of each row that is not known to be on the disk. */
    EPOCH(8),
    /** Result number to when it was last used. */
    USED(9),
    /** Number of a result that was removed to when, why and how large it was. */
    TOMBSTONE(10),
    /** Identity of a cache volume to when and for what it was used. */
    VOLUME(11),
    /** See {@link org.buildengine.snapshotter.BuildRows.Kind}, as for the three below. */
    BUILD(12),
    DECISION(13),
    STEP(14),
    LINEAGE(15);

    private final byte code;

    Table(int code) {
        this.code = (byte) code;
    }

    /** The name of the column family. */
    byte[] columnFamily() {
        return name().toLowerCase(java.util.Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    }

    byte code() {
        return code;
    }

    static Table of(KeyKind kind) {
        return switch (kind) {
            case RECIPE -> RECIPE;
            case PRODUCER -> PRODUCER;
            case CONTENT -> CONTENT;
        };
    }

    static Table ofCode(byte code) {
        for (Table table : values()) {
            if (table.code == code) {
                return table;
            }
        }
        throw new IllegalArgumentException("no table has code " + code);
    }
}
