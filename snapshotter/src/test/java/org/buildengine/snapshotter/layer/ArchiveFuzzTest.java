package org.buildengine.snapshotter.layer;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.buildengine.snapshotter.archive.ArchiveLimits;
import org.buildengine.snapshotter.archive.LayerImport;

/**
 * Any archive, as it is and with the checksums that its headers would need: it is unpacked or refused by our own error,
 * and nothing of it gets out of the tree.
 */
class ArchiveFuzzTest {
    private static final int BLOCK = 512;
    private static final ArchiveLimits LIMITS = new ArchiveLimits(64 * 1024, 20, 8 * 1024, 100);

    @FuzzTest
    void anyArchiveIsUnpackedOrRefused(byte[] archive) {
        unpack(archive);
        unpack(sealed(archive));
    }

    private static void unpack(byte[] archive) {
        try (var layer = new FuzzedLayer(LIMITS)) {
            LayerImport.unpack(new ByteArrayInputStream(archive), Optional.empty(), LIMITS, layer, layer.draft());
        } catch (IOException expected) {
            // It says what is wrong with the archive.
        }
    }

    private static byte[] sealed(byte[] archive) {
        byte[] sealed = archive.clone();
        for (int at = 0; at + BLOCK <= sealed.length; at += BLOCK) {
            if (sealed[at] != 0) {
                seal(sealed, at);
            }
        }
        return sealed;
    }

    private static void seal(byte[] archive, int header) {
        int sum = 8 * ' ';
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? 0 : Byte.toUnsignedInt(archive[header + i]);
        }
        byte[] digits = String.format(Locale.ROOT, "%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(digits, 0, archive, header + 148, digits.length);
    }
}
