package org.buildengine.snapshotter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.buildengine.snapshotter.layer.LayerForm;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Archives that want to get out, or to exhaust: each is refused with a text that names the entry, and leaves nothing.
 * Layers are kept as directories, the form in which a name that gets out would hit a file of this host.
 */
class HostileArchivesIT {
    private static final String PASSWD = "precious";

    @TempDir
    Path root;

    private DiskSnapshotter snapshotter;
    private Path outside;

    @BeforeEach
    void open() throws IOException {
        outside = Files.createDirectory(root.resolve("outside"));
        Files.writeString(outside.resolve("passwd"), PASSWD);
        snapshotter = DiskSnapshotter.open(
                root.resolve("store"), DiskSnapshotter.Options.defaults().withForm(LayerForm.DIRECTORY));
    }

    @AfterEach
    void nothingOutsideWasTouched() throws IOException {
        snapshotter.close();
        try (Stream<Path> files = Files.list(outside)) {
            assertThat(files).containsExactly(outside.resolve("passwd"));
        }
        assertThat(outside.resolve("passwd")).hasContent(PASSWD);
        try (Stream<Path> files = Files.list(root)) {
            assertThat(files).containsExactlyInAnyOrder(outside, root.resolve("store"));
        }
    }

    private SealedLayer unpack(InputStream archive) throws IOException {
        return snapshotter.importLayer(archive, Optional.empty());
    }

    private Tree unpacked(byte[] archive) throws IOException {
        return snapshotter.tree(unpack(new ByteArrayInputStream(archive)).on(Snapshot.EMPTY));
    }

    private void refused(byte[] archive, String message) throws IOException {
        assertThatThrownBy(() -> unpack(new ByteArrayInputStream(archive)))
                .isInstanceOf(IOException.class)
                .hasMessage(message);
        try (Stream<Path> layers = Files.list(root.resolve("store/layers"));
                Stream<Path> work = Files.list(root.resolve("store/work"))) {
            assertThat(Stream.concat(layers, work)).isEmpty();
        }
    }

    private static TarBytes tar() {
        return new TarBytes();
    }

    static Stream<Arguments> escapes() {
        String inLinks = "which is no directory in this archive; links are never followed";
        return Stream.of(
                Arguments.of(
                        tar().file("../../outside/passwd", "x"),
                        "../../outside/passwd: refused: the name ../../outside/passwd has \"..\", which could leave the tree"),
                Arguments.of(
                        tar().directory("a").file("a/../../b", "x"),
                        "a/../../b: refused: the name a/../../b has \"..\", which could leave the tree"),
                Arguments.of(tar().file("/etc/passwd", "x"), "/etc/passwd: refused: the name /etc/passwd is absolute"),
                Arguments.of(
                        tar().pax('x', TarBytes.record("path", "../up")).file("plain", "x"),
                        "../up: refused: the name ../up has \"..\", which could leave the tree"),
                Arguments.of(
                        tar().entry("long", 'L', "", "../up\0".getBytes(UTF_8)).file("plain", "x"),
                        "../up: refused: the name ../up has \"..\", which could leave the tree"),
                Arguments.of(
                        tar().symlink("out", "/etc").file("out/passwd", "x"),
                        "out/passwd: refused: goes through out, " + inLinks),
                Arguments.of(
                        tar().symlink("one", "..").symlink("two", "one/..").file("two/passwd", "x"),
                        "two/passwd: refused: goes through two, " + inLinks),
                Arguments.of(
                        tar().directory("a")
                                .file("a/x", "x")
                                .symlink("a", "/etc")
                                .file("a/passwd", "x"),
                        "a/passwd: refused: goes through a, " + inLinks),
                Arguments.of(tar().file("f", "x").directory("f/d"), "f/d: refused: goes through f, " + inLinks),
                Arguments.of(
                        tar().symlink("out", "/etc").file("out/.wh.passwd", ""),
                        "out/.wh.passwd: refused: goes through out, " + inLinks),
                Arguments.of(
                        tar().symlink("out", "/etc").file("out/.wh..wh..opq", ""),
                        "out/.wh..wh..opq: refused: goes through out, " + inLinks),
                Arguments.of(
                        tar().hardlink("h", "../outside/passwd"),
                        "h: refused: the link target ../outside/passwd has \"..\", which could leave the tree"),
                Arguments.of(tar().hardlink("h", "/etc/passwd"), "h: refused: the link target /etc/passwd is absolute"),
                Arguments.of(
                        tar().symlink("out", "/etc").hardlink("h", "out/passwd"),
                        "h: refused: it is a hard link to out/passwd, which is no file that this archive holds before it"),
                Arguments.of(
                        tar().hardlink("h", "h"),
                        "h: refused: it is a hard link to h, which is no file that this archive holds before it"),
                Arguments.of(
                        tar().directory("d").hardlink("h", "d"),
                        "h: refused: it is a hard link to d, which is no file that this archive holds before it"),
                Arguments.of(
                        tar().hardlink("h", "later").file("later", "x"),
                        "h: refused: it is a hard link to later, which is no file that this archive holds before it"),
                Arguments.of(tar().hardlink("h", ""), "h: refused: empty or broken link target"));
    }

    @ParameterizedTest
    @MethodSource("escapes")
    void whatLeadsOutIsRefused(TarBytes archive, String message) throws IOException {
        refused(archive.end(), message);
    }

    static Stream<Arguments> oddities() {
        String tooLong = "d/".repeat(600);
        return Stream.of(
                Arguments.of(tar().file("", "x"), ": refused: empty or broken name"),
                Arguments.of(
                        tar().pax('x', TarBytes.record("path", "a\0b")).file("plain", "x"),
                        "a?b: refused: empty or broken name"),
                Arguments.of(tar().symlink("./", "/etc"), "./: refused: the root must be a directory"),
                Arguments.of(
                        tar().pax('x', TarBytes.record("path", "n".repeat(256))).file("plain", "x"),
                        "n".repeat(256) + ": refused: " + "n".repeat(256) + ": file name too long"),
                Arguments.of(
                        tar().pax('x', TarBytes.record("path", tooLong + "x")).file("plain", "x"),
                        tooLong + "x: refused: " + tooLong + "x: file name too long"),
                Arguments.of(tar().symlink("link", ""), "link: cannot be unpacked: link: a link cannot point to \"\""),
                Arguments.of(tar().entry("odd", 'Z', "", new byte[0]), "odd: refused: unknown type of entry, 0x5a"),
                Arguments.of(
                        tar().device("disk", '4', 4096, 0),
                        "disk: cannot be unpacked: disk: no device can have the numbers 4096:0"),
                Arguments.of(tar().file("a/.wh.", ""), "a/.wh.: refused: a whiteout of nothing"),
                Arguments.of(tar().file("a/.wh..", ""), "a/.wh..: refused: a whiteout of nothing"),
                Arguments.of(tar().file("a/.wh...", ""), "a/.wh...: refused: a whiteout of nothing"),
                Arguments.of(
                        tar().file("a/.wh.b/c", "x"),
                        "a/.wh.b/c: refused: .wh.b hides something, so that nothing can lie in it"),
                Arguments.of(
                        tar().pax('x', TarBytes.record("SCHILY.xattr.trusted.overlay.redirect", "/etc"))
                                .directory("d"),
                        "d: cannot be unpacked: d: extended attribute trusted.overlay.redirect belongs to overlay"
                                + " and cannot be set"));
    }

    @ParameterizedTest
    @MethodSource("oddities")
    void whatCannotBeANodeIsRefused(TarBytes archive, String message) throws IOException {
        refused(archive.end(), message);
    }

    static Stream<Arguments> numbers() {
        byte[] huge = HexFormat.of().parseHex("800000007fffffffffffffff");
        byte[] beyond = HexFormat.of().parseHex("80ff00000000000000000000");
        byte[] negative = new byte[12];
        Arrays.fill(negative, (byte) 0xff);
        return Stream.of(
                Arguments.of(tar().sized("f", negative), "a tar header has a negative size: f"),
                Arguments.of(tar().sized("f", beyond), "a size in a tar header is too large"),
                Arguments.of(
                        tar().sized("f", huge),
                        "f: refused: with its 9223372036854775807 bytes the files of the archive"
                                + " have more than the allowed 137438953472"),
                Arguments.of(tar().sized("f", "00000000x00".getBytes(UTF_8)), "a size in a tar header is no number"),
                Arguments.of(
                        tar().pax('x', TarBytes.record("size", "99999999999999999999"))
                                .file("f", "x"),
                        "pax record size is no number: \"99999999999999999999\""),
                Arguments.of(tar().pax('x', TarBytes.record("size", "-1")).file("f", "x"), "f: negative size"),
                Arguments.of(
                        tar().pax('x', TarBytes.record("uid", "4294967296")).file("f", "x"),
                        "f: owner or group out of range: 4294967296"),
                Arguments.of(
                        tar().pax('x', TarBytes.record("mtime", "1e999999999")).file("f", "x"),
                        "pax record mtime is no time"),
                Arguments.of(tar().pax('x', "99999999999 path=a\n").file("f", "x"), "a pax header is damaged"),
                Arguments.of(tar().pax('x', "0 path=a\n").file("f", "x"), "a pax header is damaged"),
                Arguments.of(tar().pax('x', "7 path\n").file("f", "x"), "a pax record has no value"),
                Arguments.of(
                        tar().file("first", "x").pax('x', TarBytes.record("comment", "c".repeat(5 << 20))),
                        "headers of 5242897 bytes for one entry are refused, after entry first"),
                Arguments.of(manyHeaders('x'), "headers of 4201983 bytes for one entry are refused"),
                Arguments.of(
                        globals(65),
                        "more than 64 global pax records, or 4194304 bytes of them, are refused, after entry f"));
    }

    /** Headers without an entry, each of them small. */
    private static TarBytes manyHeaders(char type) {
        TarBytes tar = tar();
        for (int i = 0; i < 1000; i++) {
            tar.pax(type, TarBytes.record("key" + (1000 + i), "v".repeat(8177)));
        }
        return tar;
    }

    private static TarBytes globals(int count) {
        TarBytes tar = tar();
        for (int i = 0; i < count; i++) {
            tar.pax('g', TarBytes.record("key" + i, "v")).file("f", "x");
        }
        return tar;
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void numbersThatAreNoneAreRefused(TarBytes archive, String message) throws IOException {
        refused(archive.end(), message);
    }

    static Stream<Arguments> holes() {
        String damaged = "holes: the map of a sparse file is damaged: ";
        return Stream.of(
                Arguments.of(
                        List.of(0L, 512L, 511L, 1L), damaged + "the bytes at 511 overlap others, or are out of order"),
                Arguments.of(List.of(512L, 1L, 0L, 1L), damaged + "the bytes at 0 overlap others, or are out of order"),
                Arguments.of(List.of(900L, 101L), damaged + "101 bytes at 900 are not within its 1000 bytes"),
                Arguments.of(List.of(1001L, 0L), damaged + "0 bytes at 1001 are not within its 1000 bytes"),
                Arguments.of(
                        List.of(1L, Long.MAX_VALUE),
                        damaged + "9223372036854775807 bytes at 1 are not within its 1000 bytes"),
                Arguments.of(
                        List.of(Long.MAX_VALUE, 1L),
                        damaged + "1 bytes at 9223372036854775807 are not within its 1000 bytes"),
                Arguments.of(List.of(-512L, 512L), damaged + "512 bytes at -512 are not within its 1000 bytes"),
                Arguments.of(List.of(512L, -512L), damaged + "-512 bytes at 512 are not within its 1000 bytes"),
                Arguments.of(List.of(0L, 10L), damaged + "it names 10 bytes, and the archive holds 7"),
                Arguments.of(List.of(), damaged + "it names 0 bytes, and the archive holds 7"));
    }

    @ParameterizedTest
    @MethodSource("holes")
    void holesThatCannotBeAreRefusedInEachFormat(List<Long> map, String message) throws IOException {
        var file = new SparseFile(1000, map, "content".getBytes(UTF_8));
        for (SparseFile.Format format : SparseFile.Format.values()) {
            TarBytes tar = tar();
            file.write(format, "holes", new byte[0], tar);
            refused(tar.end(), message);
        }
    }

    static Stream<Arguments> mapsOfHoles() {
        String damaged = "f: the map of a sparse file is damaged: ";
        String size = TarBytes.record("GNU.sparse.size", "9");
        String ten = TarBytes.record("GNU.sparse.major", "1") + TarBytes.record("GNU.sparse.realsize", "9");
        return Stream.of(
                Arguments.of(
                        tar().pax('x', size + TarBytes.record("GNU.sparse.map", "1"))
                                .file("f", "x"),
                        damaged + "a place has no length"),
                Arguments.of(
                        tar().pax('x', size + TarBytes.record("GNU.sparse.map", "0,1,x"))
                                .file("f", "x"),
                        "pax record GNU.sparse.map is no number: \"x\""),
                Arguments.of(
                        tar().pax('x', size + TarBytes.record("GNU.sparse.numbytes", "1"))
                                .file("f", "x"),
                        "a pax header is damaged: its records GNU.sparse.numbytes and the other of the pair do not"
                                + " alternate"),
                Arguments.of(
                        tar().pax('x', TarBytes.record("GNU.sparse.map", "0,1")).file("f", "x"),
                        "pax record GNU.sparse.size is no number: \"\""),
                Arguments.of(
                        tar().pax('x', TarBytes.record("GNU.sparse.size", "-1")).file("f", ""),
                        damaged + "its size is -1"),
                Arguments.of(
                        tar().pax('x', TarBytes.record("GNU.sparse.major", "2")).file("f", "x"),
                        "f: a sparse file of the unknown format 2"),
                Arguments.of(
                        tar().pax('g', TarBytes.record("GNU.sparse.map", "0,1")).file("f", "x"),
                        "a global pax header cannot say where the holes of files are"),
                Arguments.of(
                        tar().pax('g', TarBytes.record("GNU.sparse.offset", "0"))
                                .file("f", "x"),
                        "a global pax header cannot say where the holes of files are"),
                Arguments.of(tar().pax('x', ten).file("f", "2\n0\n1\n"), damaged + "it is cut off"),
                Arguments.of(tar().pax('x', ten).file("f", "3\n0\n1\n" + "\0".repeat(506)), damaged + "it is cut off"),
                Arguments.of(
                        tar().pax('x', ten).file("f", "-1\n" + "\0".repeat(509)),
                        damaged + "it says that it has -1 places"),
                Arguments.of(
                        tar().pax('x', ten).file("f", "9223372036854775807\n" + "\0".repeat(492)),
                        damaged + "it says that it has 9223372036854775807 places"),
                Arguments.of(
                        tar().pax('x', ten).file("f", "2000000\n" + "0\n".repeat(3 << 20)),
                        "headers of 4194351 bytes for one entry are refused, after entry f"),
                Arguments.of(
                        tar().pax('x', ten).file("f", "0".repeat(5 << 20)),
                        "headers of 4194351 bytes for one entry are refused, after entry f"),
                Arguments.of(
                        tar().oldSparse("f", 9, Collections.nCopies(1 << 19, 0L), new byte[0]),
                        "headers of 4194816 bytes for one entry are refused, after entry f"),
                Arguments.of(
                        tar().oldSparse("e", 1, List.of(), new byte[0])
                                .oldSparse("f", 1L << 37, List.of(), new byte[0]),
                        "f: refused: with its 137438953472 bytes the files of the archive have more than the"
                                + " allowed 137438953472"));
    }

    @ParameterizedTest
    @MethodSource("mapsOfHoles")
    void mapsOfHolesThatAreNoneAreRefused(TarBytes archive, String message) throws IOException {
        refused(archive.end(), message);
    }

    @Test
    void archivesThatEndEarlySayWhere() throws IOException {
        byte[] whole = tar().file("first", "x").file("second", "y".repeat(2000)).end();
        refused(Arrays.copyOf(whole, 600), "the archive ends within first");
        refused(Arrays.copyOf(whole, 1024), "the archive ends without its end mark; it was cut off");
        refused(Arrays.copyOf(whole, 1100), "the archive ends in the middle of a header, after entry first");
        refused(Arrays.copyOf(whole, 1600), "the archive ends within second, 1936 bytes short");
        byte[] broken = whole.clone();
        broken[1024]++;
        refused(broken, "a tar header is damaged: its checksum does not match, after entry first");
        byte[] packed = gzip(whole);
        refused(
                Arrays.copyOf(packed, 20),
                "the compressed archive is damaged or cut off: Unexpected end of ZLIB input stream");
    }

    @Test
    void gzipOfManyEmptyPartsIsRefusedAndOneOfSomeIsRead() throws IOException {
        refused(afterEmptyParts(500_000), "the compressed archive has too many empty parts in a row");

        assertThat(unpacked(afterEmptyParts(500)).resolve("f", false)).isPresent();
    }

    private static byte[] afterEmptyParts(int count) throws IOException {
        byte[] empty = gzip(new byte[0]);
        var parts = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            parts.write(empty);
        }
        parts.write(gzip(tar().file("f", "x").end()));
        return parts.toByteArray();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void entriesThatComeTwiceReplaceWhatWasThere() throws IOException {
        Tree tree = unpacked(tar().file("f", "one")
                .file("f", "two")
                .directory("d")
                .file("d/in", "x")
                .file("d", "now a file")
                .symlink("l", outside.toString())
                .file("l", "over a link")
                .file("h", "kept")
                .hardlink("h2", "h")
                .file("h", "new")
                .end());

        assertThat(read(tree, "f")).isEqualTo("two");
        assertThat(read(tree, "d")).isEqualTo("now a file");
        assertThat(read(tree, "l")).isEqualTo("over a link");
        assertThat(read(tree, "h")).isEqualTo("new");
        assertThat(read(tree, "h2")).isEqualTo("kept");
    }

    private static String read(Tree tree, String path) throws IOException {
        try (InputStream in = tree.open(tree.find(path).orElseThrow())) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    @Test
    void linksThatLeadOutAreKeptAsTextAndFollowedWithin() throws IOException {
        Tree tree = unpacked(tar().symlink("abs", outside.toString())
                .symlink("up", "../../../../../../.." + outside)
                .hardlink("name", "abs")
                .end());

        assertThat(tree.find("name").orElseThrow().linkTarget()).contains(outside.toString());
        assertThat(tree.resolve("abs/passwd", true)).isEmpty();
        assertThat(tree.resolve("up/passwd", true)).isEmpty();
    }

    @Test
    void devicesAreKeptAndTheOneThatHidesHides() throws IOException {
        Tree tree = unpacked(tar().device("null", '3', 1, 3)
                .device("disk", '4', 8, 1)
                .device("hidden", '3', 0, 0)
                .end());

        assertThat(tree.find("null").orElseThrow().deviceMinor()).isEqualTo(3);
        assertThat(tree.find("disk").orElseThrow().type()).isEqualTo(NodeType.BLOCK_DEVICE);
        assertThat(tree.find("hidden")).isEmpty();
    }

    @Test
    void bookKeepingOfOtherFileSystemsIsLeftOut() throws IOException {
        Tree tree = unpacked(tar().directory(".wh..wh.plnk")
                .file(".wh..wh.plnk/12.34", "x")
                .file(".wh..wh.aufs", "")
                .file("kept", "x")
                .end());

        assertThat(tree.list("")).extracting(Node::name).containsExactly("kept");
    }

    @Test
    void sizesWithSpacesAndZeroesAreNumbers() throws IOException {
        Tree tree = unpacked(tar().sized("spaces", "        0 \0".getBytes(UTF_8))
                .sized("zeroes", "000000000000".getBytes(UTF_8))
                .sized("nothing", new byte[12])
                .end());

        assertThat(tree.list("")).extracting(Node::size).containsExactly(0L, 0L, 0L);
    }

    @Test
    void aMillionEntriesAreALayer() throws IOException {
        Path images = Files.createDirectories(root.resolve("store/images"));
        try (var image = DiskSnapshotter.open(
                        images, DiskSnapshotter.Options.defaults().withForm(LayerForm.EROFS_FILE));
                var archive = new ManyLinks(1000, 1000)) {
            Snapshot layer = image.importLayer(archive, Optional.empty()).on(Snapshot.EMPTY);
            Tree tree = image.tree(layer);

            List<Node> directories = tree.list("");
            assertThat(directories).hasSize(1000);
            assertThat(tree.list("d999")).hasSize(1000);
        }
    }

    /** An archive of directories full of links, made while it is read. */
    private static final class ManyLinks extends InputStream {
        private final int directories;
        private final int links;
        private int made;
        private ByteArrayInputStream part = new ByteArrayInputStream(new byte[0]);

        ManyLinks(int directories, int links) {
            this.directories = directories;
            this.links = links;
        }

        private boolean ended() {
            if (part.available() == 0 && made < directories) {
                TarBytes tar = tar();
                for (int i = 0; i < links; i++) {
                    tar.symlink("d" + made + "/" + i, "x");
                }
                part = new ByteArrayInputStream(++made == directories ? tar.end() : tar.cut());
            }
            return part.available() == 0;
        }

        @Override
        public int read() {
            return ended() ? -1 : part.read();
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            return ended() ? -1 : part.read(into, offset, length);
        }
    }
}
