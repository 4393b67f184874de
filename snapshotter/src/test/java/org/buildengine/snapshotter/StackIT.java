package org.buildengine.snapshotter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.layer.LayerForm;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Stacked layers of archives with and without entries for directories: what the kernel shows is what unpacking leaves. */
class StackIT {
    /** Path, type, mode, owner and target of every node, then the digests of files; times are no part of it. */
    private static final String LISTING =
            "find . -printf '%P %y %m %U:%G %l\\n' | sort;" + " find . -type f -exec sha256sum {} + | sort -k2";

    @TempDir
    Path root;

    private Path sources;

    @BeforeEach
    void makeSources() throws IOException {
        sources = Files.createDirectory(root.resolve("sources"));
    }

    private DiskSnapshotter open(LayerForm form) throws IOException {
        return DiskSnapshotter.open(
                root.resolve("store"), DiskSnapshotter.Options.defaults().withForm(form));
    }

    private String shell(Path directory, String script) throws Exception {
        Path said = root.resolve("shell.out");
        Process process = new ProcessBuilder("bash", "-e", "-c", script)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            String output = Files.readString(said);
            assertThat(process.exitValue()).as(script + "\n" + output).isZero();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }

    /** An archive of just {@code entries}, after {@code script} made them. */
    private Path archive(String script, String entries) throws Exception {
        Path source = Files.createTempDirectory(sources, "layer");
        Path archive = source.resolveSibling(source.getFileName() + ".tar");
        shell(source, "umask 022; " + script);
        shell(
                source,
                "tar --xattrs --xattrs-include='user.*' --format=posix --no-recursion -cf " + archive + " " + entries);
        return archive;
    }

    private static Snapshot layer(DiskSnapshotter snapshotter, Path archive) throws IOException {
        try (InputStream in = Files.newInputStream(archive)) {
            return snapshotter.importLayer(in, Optional.empty()).on(Snapshot.EMPTY);
        }
    }

    private static Snapshot stack(DiskSnapshotter snapshotter, List<Path> archives) throws IOException {
        var layers = new ArrayList<Snapshot>();
        for (Path archive : archives) {
            layers.add(layer(snapshotter, archive));
        }
        return snapshotter.stack(layers);
    }

    private String shown(DiskSnapshotter snapshotter, Snapshot snapshot) throws Exception {
        try (MountedSnapshot mounted = snapshotter.mount(snapshot)) {
            String listing = shell(mounted.root(), LISTING);
            assertThat(nodes(snapshotter.tree(snapshot)))
                    .isEqualTo(shell(mounted.root(), "find . -mindepth 1 -printf '%P %m %U:%G %l\\n' | LC_ALL=C sort"));
            return listing;
        }
    }

    private static String nodes(Tree tree) throws IOException {
        var lines = new TreeMap<String, String>();
        tree.walk("", PathFilter.ALL, node -> {
            Attributes a = node.attributes();
            String mode = node.isSymlink() ? "777" : Integer.toOctalString(a.mode());
            lines.put(
                    node.path() + " ",
                    mode + " " + a.uid() + ":" + a.gid() + " "
                            + node.linkTarget().orElse("") + "\n");
        });
        var text = new StringBuilder();
        for (Map.Entry<String, String> line : lines.entrySet()) {
            text.append(line.getKey()).append(line.getValue());
        }
        return text.toString();
    }

    private String unpackedInTurn(List<Path> archives) throws Exception {
        return shell(unpack(archives), LISTING);
    }

    private Path unpack(List<Path> archives) throws Exception {
        Path out = Files.createTempDirectory(sources, "out");
        shell(out, "chmod 755 .");
        for (Path archive : archives) {
            shell(out, "tar --xattrs --xattrs-include='user.*' -p -xf " + archive);
        }
        return out;
    }

    private Path base() throws Exception {
        return archive(
                "mkdir -p tmp usr/lib/deep home/me; chmod 1777 tmp; chmod 1751 usr/lib; chown 7:8 usr/lib home/me;"
                        + " setfattr -n user.note -v kept usr/lib; ln -s usr/lib lib; ln -s lib/deep short;"
                        + " echo old > usr/lib/a; echo old > usr/lib/deep/b; chmod 700 home/me; echo f > file",
                "tmp usr usr/lib usr/lib/deep home home/me lib short usr/lib/a usr/lib/deep/b file");
    }

    @ParameterizedTest
    @EnumSource
    void impliedDirectoryIsTheOneBelow(LayerForm form) throws Exception {
        List<Path> archives = List.of(
                base(),
                archive("mkdir tmp; echo x > tmp/x", "tmp/x"),
                archive(
                        "mkdir -p usr/lib/new home/me; echo n > usr/lib/new/n; ln -s t home/me/s",
                        "usr/lib/new/n home/me/s"));
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot stacked = stack(snapshotter, archives);

            assertThat(shown(snapshotter, stacked)).isEqualTo(unpackedInTurn(archives));
            Node lib = snapshotter.tree(stacked).find("usr/lib").orElseThrow();
            assertThat(lib.attributes().xattrs().get("user.note")).isEqualTo("kept".getBytes(UTF_8));
        }
    }

    @ParameterizedTest
    @EnumSource
    void entriesBelowTheNameOfALinkGoWhereItLeads(LayerForm form) throws Exception {
        List<Path> archives = List.of(
                base(),
                archive(
                        "mkdir -p lib/sub short; echo new > lib/a; echo c > lib/c; ln lib/c lib/sub/c2; chmod 700 lib/sub;"
                                + " echo d > short/d; ln -s x lib/deep",
                        "lib/a lib/c lib/sub lib/sub/c2 short/d"),
                archive("mkdir -p usr/lib/sub; echo later > usr/lib/sub/later", "usr/lib/sub/later"));
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot stacked = stack(snapshotter, archives);

            assertThat(shown(snapshotter, stacked)).isEqualTo(unpackedInTurn(archives));
            try (MountedSnapshot mounted = snapshotter.mount(stacked)) {
                Path file = mounted.root().resolve("usr/lib/c");
                Object links = Files.getAttribute(file, "unix:nlink");
                assertThat(links).isEqualTo(2);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void directoryWithAnEntryOfItsOwnTakesThePlaceOfALinkAndKeepsItsAttributes(LayerForm form) throws Exception {
        List<Path> archives = List.of(
                base(),
                archive("mkdir -p lib tmp; chmod 711 lib tmp; echo x > lib/x; echo y > tmp/y", "lib lib/x tmp/y tmp"));
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot stacked = stack(snapshotter, archives);

            assertThat(shown(snapshotter, stacked)).isEqualTo(unpackedInTurn(archives));
            assertThat(stacked.layers()).as("nothing had to be set right").hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whiteoutsGoThroughLinksToo(LayerForm form) throws Exception {
        List<Path> archives = List.of(
                base(),
                archive(
                        "mkdir -p lib/deep; touch lib/.wh.a lib/deep/.wh..wh..opq lib/deep/n",
                        "lib/.wh.a lib/deep/.wh..wh..opq lib/deep/n"),
                archive(
                        "mkdir -p home/me tmp; touch home/.wh.me home/me/new tmp/.wh..wh..opq",
                        "home/.wh.me home/me/new tmp/.wh..wh..opq"));
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot stacked = stack(snapshotter, archives);

            shown(snapshotter, stacked);
            Tree tree = snapshotter.tree(stacked);
            assertThat(tree.find("lib").orElseThrow().linkTarget()).contains("usr/lib");
            assertThat(tree.list("usr/lib")).extracting(Node::name).containsExactly("deep");
            assertThat(tree.list("usr/lib/deep")).extracting(Node::name).containsExactly("n");
            assertThat(tree.find("tmp").orElseThrow().attributes().mode()).isEqualTo(01777);
            assertThat(tree.find("home/me").orElseThrow().attributes().mode())
                    .as("a directory over a whiteout is a new one")
                    .isEqualTo(0755);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatComesBeforeTheEntryOfItsDirectoryGoesWhereALinkLeads(LayerForm form) throws Exception {
        List<Path> archives = List.of(
                base(),
                archive(
                        "mkdir -p lib/sub; echo early > lib/a; echo deep > lib/sub/d; echo late > lib/b; chmod 711 lib",
                        "lib/a lib/sub/d lib/sub lib lib/b"));
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot stacked = stack(snapshotter, archives);

            String shown = shown(snapshotter, stacked);
            assertThat(shown).isEqualTo(unpackedInTurn(archives));
            assertThat(shown).contains("lib d 711 0:0", "lib/b f 644", "usr/lib/a f 644", "usr/lib/sub/d f 644");
            assertThat(snapshotter.tree(stacked).list("lib"))
                    .extracting(Node::name)
                    .containsExactly("b");
        }
    }

    @ParameterizedTest
    @EnumSource
    void namesOfOneFileStayThatWhenOneIsBehindALink(LayerForm form) throws Exception {
        List<Path> archives = List.of(
                base(),
                archive("mkdir lib; echo x > lib/x; ln lib/x y", "lib/x y"),
                archive("mkdir short; echo z > z; ln z short/z", "z short/z"));
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot stacked = stack(snapshotter, archives);

            assertThat(shown(snapshotter, stacked)).isEqualTo(unpackedInTurn(archives));
            Tree tree = snapshotter.tree(stacked);
            assertThat(identity(tree, "usr/lib/x")).isPresent().isEqualTo(identity(tree, "y"));
            assertThat(identity(tree, "usr/lib/deep/z")).isPresent().isEqualTo(identity(tree, "z"));
            assertThat(identity(tree, "z")).isNotEqualTo(identity(tree, "y"));
        }
    }

    private static Map<String, String> listed(DiskSnapshotter snapshotter, Snapshot snapshot) throws IOException {
        try (MountedSnapshot mounted = snapshotter.mount(snapshot)) {
            Map<String, String> shown = Listing.onDisk(mounted.root(), false);
            assertThat(Listing.inTree(snapshotter.tree(snapshot), false)).isEqualTo(shown);
            return shown;
        }
    }

    /** What is there when archives are stacked in a store of their own. */
    private Map<String, String> stacked(LayerForm form, List<Path> archives) throws Exception {
        try (DiskSnapshotter snapshotter = open(form)) {
            return listed(snapshotter, stack(snapshotter, archives));
        }
    }

    @ParameterizedTest
    @EnumSource
    void directoryThatGaveWayInTurnTakesWithItWhatWentThereThroughALink(LayerForm form) throws Exception {
        List<Path> archives = List.of(
                written(new TarBytes().symlink("e", "b").directory("b").file("b/old", "")),
                written(new TarBytes()
                        .file("e/c", "")
                        .symlink("b", "b")
                        .directory("b")
                        .file("b/new", "")));
        Map<String, String> listed = stacked(form, archives);

        assertThat(listed.keySet()).containsExactly("", "b", "b/new", "e");
    }

    @ParameterizedTest
    @EnumSource
    void hardLinkIsMadeOfWhatIsAtThatNameByThen(LayerForm form) throws Exception {
        List<Path> archives = List.of(
                base(),
                written(new TarBytes()
                        .file("lib/c", "lost")
                        .hardlink("kept", "lib/c")
                        .file("usr/lib/c", "later")
                        .hardlink("first", "lib/c")
                        .hardlink("second", "kept")));
        Map<String, String> listed = stacked(form, archives);

        assertThat(listed).isEqualTo(Listing.onDisk(unpack(archives), false));
        assertThat(listed.get("first")).endsWith("one of [first, usr/lib/c]");
        assertThat(listed.get("second")).endsWith("one of [kept, second]");
    }

    @ParameterizedTest
    @EnumSource
    void hardLinkIsMadeOfAnotherNameIfItsOwnIsGone(LayerForm form) throws Exception {
        List<Path> archives = List.of(
                base(),
                written(new TarBytes()
                        .file("lib/c", "kept")
                        .hardlink("other", "lib/c")
                        .directory("usr/lib/c")
                        .hardlink("again", "lib/c")
                        .file("lib/d", "alone")
                        .symlink("usr/lib", "nowhere")
                        .hardlink("alone", "lib/d")));
        Map<String, String> listed = stacked(form, archives);

        assertThat(listed.get("again")).endsWith("one of [again, other]");
        assertThat(listed.get("alone")).contains(" 5 ").doesNotContain("one of");
    }

    @ParameterizedTest
    @EnumSource
    void whereThereIsNothingToHideNothingIsMadeBehindALink(LayerForm form) throws Exception {
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot file = layer(snapshotter, written(new TarBytes().file("b/d", "kept")));
            Snapshot link = layer(snapshotter, written(new TarBytes().symlink("b/a", "../b")));
            Snapshot mark = layer(
                    snapshotter,
                    written(new TarBytes()
                            .directory("b/a")
                            .file("b/a/d/.wh..wh..opq", "")
                            .file("b/a/e/.wh.x", "")));
            Snapshot inTurn = snapshotter.stack(List.of(file, link, mark));
            Snapshot grouped = snapshotter.stack(List.of(file, snapshotter.stack(List.of(link, mark))));

            Map<String, String> listed = listed(snapshotter, inTurn);
            assertThat(listed(snapshotter, grouped)).isEqualTo(listed);
            assertThat(listed.keySet()).containsExactly("", "b", "b/a", "b/a/d", "b/a/e", "b/d");
            assertThat(listed.get("b/d")).startsWith("FILE");
        }
    }

    private Path written(TarBytes archive) throws IOException {
        return Files.write(Files.createTempFile(sources, "layer", ".tar"), archive.end());
    }

    private static Optional<Object> identity(Tree tree, String path) throws IOException {
        return tree.linkIdentity(tree.find(path).orElseThrow());
    }

    @ParameterizedTest
    @EnumSource
    void whatIsHiddenBehindALinkIsGoneThoughADirectoryTakesItsPlace(LayerForm form) throws Exception {
        List<Path> archives = List.of(
                base(),
                archive("mkdir short; touch .wh.short short/n", ".wh.short short/n"),
                archive("mkdir lib; touch lib/.wh.a lib/n", "lib/.wh.a lib lib/n"));
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot stacked = stack(snapshotter, archives);

            shown(snapshotter, stacked);
            Tree tree = snapshotter.tree(stacked);
            assertThat(tree.list("lib")).extracting(Node::name).containsExactly("n");
            assertThat(tree.list("usr/lib")).extracting(Node::name).containsExactly("deep");
            assertThat(tree.list("short")).extracting(Node::name).containsExactly("n");
            assertThat(tree.list("usr/lib/deep")).extracting(Node::name).containsExactly("b");
        }
    }

    @Test
    void absoluteLinksAndThoseThatClimbStayInTheTree() throws Exception {
        Path outside = Files.createDirectory(root.resolve("outside"));
        List<Path> archives = List.of(
                archive(
                        "ln -s " + outside + " abs; ln -s ../../../.." + outside + " up; ln -s nowhere dangling",
                        "abs up dangling"),
                archive(
                        "mkdir abs up dangling; echo 1 > abs/1; echo 2 > up/2; echo 3 > dangling/3",
                        "abs/1 up/2 dangling/3"));
        try (DiskSnapshotter snapshotter = open(LayerForm.DIRECTORY)) {
            Snapshot stacked = stack(snapshotter, archives);

            Tree tree = snapshotter.tree(stacked);
            assertThat(tree.find(outside + "/1")).isPresent();
            assertThat(tree.find(outside + "/2")).isPresent();
            assertThat(tree.find("nowhere/3")).isPresent();
            assertThat(outside).isEmptyDirectory();
        }
    }

    @Test
    void linkInCirclesIsAnErrorThatNamesIt() throws Exception {
        List<Path> archives = List.of(archive("ln -s b a; ln -s a b", "a b"), archive("mkdir a; echo 1 > a/1", "a/1"));
        try (DiskSnapshotter snapshotter = open(LayerForm.DIRECTORY)) {
            assertThatThrownBy(() -> stack(snapshotter, archives))
                    .isInstanceOf(TreeException.class)
                    .hasMessage("a: too many levels of symbolic links");
        }
    }

    @Test
    void rootOfAnArchiveThatHasNoEntryForItIsTheOneBelow() throws Exception {
        List<Path> archives =
                List.of(archive("chmod 700 .; chown 5:6 .; echo 1 > one", ". one"), archive("echo 2 > two", "two"));
        try (DiskSnapshotter snapshotter = open(LayerForm.DIRECTORY)) {
            Snapshot stacked = stack(snapshotter, archives);

            assertThat(shown(snapshotter, stacked)).isEqualTo(unpackedInTurn(archives));
            assertThat(snapshotter
                            .tree(stacked)
                            .find("")
                            .orElseThrow()
                            .attributes()
                            .uid())
                    .isEqualTo(5);
        }
    }

    @Test
    void fileInTheWayGivesWayToAnImpliedDirectory() throws Exception {
        List<Path> archives = List.of(base(), archive("mkdir file; echo 1 > file/1", "file/1"));
        try (DiskSnapshotter snapshotter = open(LayerForm.DIRECTORY)) {
            Snapshot stacked = stack(snapshotter, archives);

            assertThat(shown(snapshotter, stacked)).contains("file d 755 0:0", "file/1 f 644 0:0");
            assertThat(stacked.layers()).hasSize(2);
        }
    }
}
