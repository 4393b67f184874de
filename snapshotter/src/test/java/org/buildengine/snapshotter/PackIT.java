package org.buildengine.snapshotter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.PackOptions.Compression;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Packing of layers; that every layer packs and unpacks to itself is a property of its own. */
class PackIT {
    @TempDir
    Path root;

    private DiskSnapshotter snapshotter;

    @BeforeEach
    void open() throws IOException {
        snapshotter = DiskSnapshotter.open(root.resolve("store"), DiskSnapshotter.Options.defaults());
    }

    @AfterEach
    void close() {
        snapshotter.close();
    }

    private record Packed(PackedLayer layer, ByteArrayOutputStream out) {
        byte[] bytes() {
            return out.toByteArray();
        }
    }

    private Packed pack(LayerId layer, PackOptions options) throws IOException {
        var out = new ByteArrayOutputStream();
        return new Packed(snapshotter.packLayer(layer, options, out), out);
    }

    /** Text that compresses, over many blocks, and a little that does not. */
    private LayerId large() throws IOException {
        var random = new Random(3);
        var text = new StringBuilder();
        while (text.length() < 5_000_000) {
            text.append(Integer.toString(random.nextInt(5000), 36)).append(' ');
        }
        byte[] noise = new byte[700_000];
        random.nextBytes(noise);
        try (LayerWriter writer = snapshotter.writeLayer("large")) {
            for (byte[] content : new byte[][] {text.toString().getBytes(UTF_8), noise}) {
                try (OutputStream out = writer.file("f" + content.length, Attributes.ofMode(0644), content.length)) {
                    out.write(content);
                }
            }
            return writer.seal().id();
        }
    }

    private byte[] run(byte[] input, String... command) throws Exception {
        Path in = Files.write(root.resolve("input"), input);
        Path out = root.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            return Files.readAllBytes(out);
        } finally {
            process.destroyForcibly();
        }
    }

    @ParameterizedTest
    @CsvSource({"GZIP, gzip", "ZSTD, zstd"})
    void compressedArchiveIsThePlainOneForOtherPrograms(Compression compression, String program) throws Exception {
        LayerId layer = large();
        Packed plain = pack(layer, PackOptions.of(Compression.NONE));
        Packed packed = pack(layer, PackOptions.of(compression));

        assertThat(run(packed.bytes(), program, "-dc")).isEqualTo(plain.bytes());
        assertThat(packed.layer().diffId())
                .isEqualTo(plain.layer().digest())
                .isEqualTo(plain.layer().diffId())
                .isEqualTo(Digest.of(plain.bytes()));
        assertThat(packed.layer().digest()).isEqualTo(Digest.of(packed.bytes()));
        assertThat(packed.layer().size()).isEqualTo(packed.bytes().length);
        assertThat(pack(layer, PackOptions.of(compression)).bytes()).isEqualTo(packed.bytes());
        int theirs = run(plain.bytes(), program, "-c").length;
        assertThat(packed.bytes().length).isBetween(theirs * 97 / 100, theirs * 103 / 100);
        SealedLayer again = snapshotter.importLayer(
                new ByteArrayInputStream(packed.bytes()),
                Optional.of(plain.layer().diffId()));
        assertThat(snapshotter.tree(again.on(Snapshot.EMPTY)).list("")).hasSize(2);
    }

    @Test
    void noTimeIsLaterThanWhatIsAskedFor() throws IOException {
        LayerId layer;
        try (LayerWriter writer = snapshotter.writeLayer("times")) {
            writer.directory("early", new Attributes(0755, 0, 0, 1_000_000_000L, Map.of()));
            writer.directory("late", new Attributes(0755, 0, 0, 2_000_000_000_123_456_789L, Map.of()));
            layer = writer.seal().id();
        }
        Instant asked = Instant.ofEpochSecond(1_700_000_000);

        Packed packed = pack(layer, PackOptions.of(Compression.NONE).notAfter(asked));

        SealedLayer again = snapshotter.importLayer(new ByteArrayInputStream(packed.bytes()), Optional.empty());
        assertThat(snapshotter.tree(again.on(Snapshot.EMPTY)).list(""))
                .extracting(node -> node.attributes().mtimeNanos())
                .containsExactly(1_000_000_000L, 1_700_000_000_000_000_000L);
    }

    @Test
    void nameThatWouldHideSomethingIsRefused() throws IOException {
        try (LayerWriter writer = snapshotter.writeLayer("odd")) {
            writer.directory("d/.wh.x", Attributes.ofMode(0755));
            LayerId layer = writer.seal().id();

            assertThatThrownBy(() -> pack(layer, PackOptions.of(Compression.NONE)))
                    .hasMessage("d/.wh.x: cannot be packed: names that begin with .wh. hide others");
        }
    }

    @Test
    void socketsAreLeftOutAndLevelsAreChecked() throws IOException {
        try (LayerWriter writer = snapshotter.writeLayer("socket")) {
            writer.special("s", Attributes.ofMode(0644), NodeType.SOCKET, 0, 0);
            writer.special("p", Attributes.ofMode(0644), NodeType.FIFO, 0, 0);
            Packed packed = pack(writer.seal().id(), PackOptions.of(Compression.NONE));

            SealedLayer again = snapshotter.importLayer(new ByteArrayInputStream(packed.bytes()), Optional.empty());
            assertThat(snapshotter.tree(again.on(Snapshot.EMPTY)).list(""))
                    .extracting(Node::name)
                    .containsExactly("p");
        }
        assertThatThrownBy(() -> new PackOptions(Compression.GZIP, 10, Optional.empty()))
                .hasMessage("a level of GZIP is a number from 1 to 9, not 10");
    }
}
