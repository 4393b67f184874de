package org.buildengine.snapshotter.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.buildengine.snapshotter.SparseFile;
import org.buildengine.snapshotter.TarBytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TarReaderTest {
    private static final long HUGE = 1L << 40;

    private static byte[] content(TarReader tar) throws IOException {
        byte[] content = new byte[Math.toIntExact(tar.left())];
        for (int at = 0; tar.left() > 0; ) {
            at += tar.read(content, at, Math.min(1000, content.length - at));
        }
        return content;
    }

    @ParameterizedTest
    @EnumSource
    void holesOfAFileAreZeros(SparseFile.Format format) throws IOException {
        List<SparseFile> files = Stream.iterate(0, seed -> seed < 20, seed -> seed + 1)
                .map(seed -> SparseFile.of(seed, seed * 100_000))
                .toList();
        var bytes = new TarBytes();
        for (SparseFile file : files) {
            file.write(format, "f", new byte[0], bytes);
            bytes.file("between", "plain");
        }
        var tar = new TarReader(new ByteArrayInputStream(bytes.end()));
        for (SparseFile file : files) {
            assertThat(tar.next().orElseThrow().size()).isEqualTo(file.size());
            assertThat(content(tar)).isEqualTo(file.content());
            assertThat(tar.next().orElseThrow().name()).isEqualTo("between");
            assertThat(content(tar)).asString().isEqualTo("plain");
        }
        assertThat(tar.next()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void sizesAreOfManyDigits(SparseFile.Format format) throws IOException {
        var bytes = new TarBytes();
        new SparseFile(HUGE, List.of(HUGE - 512, 512L), new byte[512]).write(format, "f", new byte[0], bytes);
        bytes.file("after", "x");
        var tar = new TarReader(new ByteArrayInputStream(bytes.end()));

        assertThat(tar.next().orElseThrow().size()).isEqualTo(HUGE);
        assertThat(tar.left()).isEqualTo(HUGE);
        assertThat(tar.next().orElseThrow().name()).isEqualTo("after");
    }

    @Test
    void nameOfAFileWithHolesStandsInARecordOfItsOwn() throws IOException {
        var bytes = new TarBytes();
        byte[] name = TarBytes.record("GNU.sparse.name", "d/real").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        SparseFile.of(1, 1000).write(SparseFile.Format.PAX_1_0, "d/GNUSparseFile.7/real", name, bytes);
        var tar = new TarReader(new ByteArrayInputStream(bytes.end()));

        assertThat(tar.next().orElseThrow().name()).isEqualTo("d/real");
    }
}
