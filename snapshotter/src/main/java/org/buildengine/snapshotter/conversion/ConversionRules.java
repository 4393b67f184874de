package org.buildengine.snapshotter.conversion;

import java.time.Duration;

/**
 * Which directories become images, and when. The numbers of {@link #DEFAULT} are measured; see {@code docs/dev/performance.md}.
 *
 * @param rest how old a layer is at least, since what is collected soon is not worth it
 * @param quiet for how long nobody has begun to write, and no execution was under way
 * @param looks how often it is looked whether there is something to do
 * @param leastFiles how many files a layer has at least: an image has to be mounted, which a directory has not
 * @param mostBytesPerFile how large they are at most on average: bytes are written again, and it is files that an image saves
 */
public record ConversionRules(Duration rest, Duration quiet, Duration looks, long leastFiles, long mostBytesPerFile) {

    /** What a daemon does. */
    public static final ConversionRules DEFAULT =
            new ConversionRules(Duration.ofMinutes(10), Duration.ofSeconds(30), Duration.ofMinutes(1), 500, 64 * 1024);

    /** Whether a layer of so many files, with so many bytes in them, is worth it. */
    boolean worth(long files, long bytes) {
        return files >= leastFiles && bytes <= files * mostBytesPerFile;
    }
}
