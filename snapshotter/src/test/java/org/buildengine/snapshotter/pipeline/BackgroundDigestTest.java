package org.buildengine.snapshotter.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.buildengine.snapshotter.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackgroundDigestTest {
    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE})
    void digestIsThatOfAllBytesInTheirOrderHoweverTheyCome(long expected) throws IOException {
        for (int length : new int[] {0, 1, 262_143, 262_144, 262_145, 524_288, 5_000_001}) {
            var random = new Random(length);
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            byte[] given = new byte[300_000];
            try (var digest = new BackgroundDigest(expected)) {
                for (int at = 0; at < length; ) {
                    int taken = Math.min(length - at, random.nextInt(1, 299_000));
                    System.arraycopy(bytes, at, given, 1000, taken);
                    digest.update(given, 1000, taken);
                    // the caller uses its buffer again
                    Arrays.fill(given, (byte) 7);
                    at += taken;
                }
                assertThat(digest.finish()).as(length + " bytes").isEqualTo(Digest.of(bytes));
            }
        }
    }

    @Test
    void threadEndsWithADigestThatNobodyAskedFor() throws Exception {
        try (var digest = new BackgroundDigest(Long.MAX_VALUE)) {
            digest.update(new byte[2_000_000], 0, 2_000_000);
        }
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("digest")) {
                thread.join(60_000);
                assertThat(thread.isAlive()).isFalse();
            }
        }
    }
}
