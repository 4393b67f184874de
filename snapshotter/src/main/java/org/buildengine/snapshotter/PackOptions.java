package org.buildengine.snapshotter;

import java.time.Instant;
import java.util.Optional;

/**
 * How to pack. Equal trees packed with equal options are equal bytes, on every machine.
 *
 * @param compression of the whole archive
 * @param level of the compression, in its own terms: 1 to 9 for gzip, 1 to 19 for zstd; without meaning for none
 * @param latest no time in the archive is later than this one; what {@code SOURCE_DATE_EPOCH} asks for
 */
public record PackOptions(Compression compression, int level, Optional<Instant> latest) {
    /** Forms of compression. */
    public enum Compression {
        NONE,
        GZIP,
        ZSTD
    }

    public PackOptions {
        int most = compression == Compression.GZIP ? 9 : 19;
        if (compression != Compression.NONE && (level < 1 || level > most)) {
            throw new IllegalArgumentException(
                    "a level of " + compression + " is a number from 1 to " + most + ", not " + level);
        }
    }

    /** This form, at the level that its own program takes. */
    public static PackOptions of(Compression compression) {
        int level = compression == Compression.GZIP ? 6 : 3;
        return new PackOptions(compression, level, Optional.empty());
    }

    /** The same without later times. */
    public PackOptions notAfter(Instant time) {
        return new PackOptions(compression, level, Optional.of(time));
    }
}
