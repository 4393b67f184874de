package org.buildengine.server.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.server.fixture.ImageFixture;
import org.buildengine.server.fixture.RegistryFixture;
import org.buildengine.server.fixture.TarWriter;
import org.buildengine.server.registry.ImageResolver;
import org.buildengine.server.registry.Inquiry;
import org.buildengine.server.registry.Platform;
import org.buildengine.server.registry.RegistryClient;
import org.buildengine.server.registry.RegistryCredentials;
import org.buildengine.server.registry.RegistrySettings;
import org.buildengine.server.registry.ResolvedImage;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.MountedSnapshot;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.Waiter;
import org.buildengine.snapshotter.delay.Delays;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Waits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from the registry of the distribution into a store on disk. */
class ImageSourceIT {
    private static final Platform AMD64 = Platform.parse("linux/amd64");

    @TempDir
    Path directory;

    private RegistryFixture registry;
    private DiskSnapshotter snapshotter;
    private RegistryClient client;

    @BeforeEach
    void start() throws Exception {
        snapshotter = DiskSnapshotter.open(directory.resolve("store"), DiskSnapshotter.Options.defaults());
        client = new RegistryClient(RegistrySettings.DEFAULT);
        registry = RegistryFixture.start(directory.resolve("registry"));
    }

    @AfterEach
    void stop() {
        registry.close();
        client.close();
        snapshotter.close();
    }

    private Snapshot pull(ImageFixture image) throws Exception {
        registry.push("team/app", "1", image);
        return pull(operation(registry.host()));
    }

    private SourceOp operation(String host) throws Exception {
        ResolvedImage resolved =
                new ImageResolver(client).resolve(host + "/team/app:1", AMD64, RegistryCredentials.NONE, new Inquiry());
        return ImageSource.op(resolved);
    }

    private Snapshot pull(SourceOp op) throws Exception {
        var source = new ImageSource(new ImageResolver(client), client, snapshotter, new Waits(InstantSource.system()));
        return source.run(op, List.of(), new FakeRun(op)).outputs().getFirst();
    }

    private static String read(Tree tree, String path) throws IOException {
        try (var in = tree.open(tree.find(path).orElseThrow())) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static byte[] archive(String content) {
        var tar = new TarWriter();
        tar.text("file", content);
        return tar.finish();
    }

    @Test
    void layersAreStackedAsTheirArchivesSay() throws Exception {
        Tree tree = snapshotter.tree(pull(ImageFixture.layered()));

        assertThat(tree.find("etc/motd")).isEmpty();
        assertThat(tree.list("opt")).extracting(Node::name).containsExactly("linked", "new");
        assertThat(tree.find("tmp").orElseThrow().attributes().mode()).isEqualTo(01777);
    }

    /** What a thread waits for in the store is told of whoever it works for. */
    @Test
    void layersAreUnpackedAndPublishedOnBehalfOfTheirStep() throws Exception {
        registry.push("team/app", "1", ImageFixture.layered());
        SourceOp op = operation(registry.host());
        var run = new FakeRun(op);
        var callers = new ConcurrentLinkedQueue<Optional<Waiter>>();
        var noting = (Snapshotter) noting(Snapshotter.class, snapshotter, callers);
        var source = new ImageSource(new ImageResolver(client), client, noting, new Waits(InstantSource.system()));

        int layers =
                source.run(op, List.of(), run).outputs().getFirst().layers().size();

        assertThat(callers).hasSize(2 * layers).containsOnly(Optional.of(Party.step(run.vertex())));
    }

    /** The same, where is noted on whose behalf layers are unpacked and results published. */
    private static Object noting(Class<?> type, Object real, Queue<Optional<Waiter>> callers) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
            if (Set.of("importLayer", "publish").contains(method.getName())) {
                callers.add(Delays.caller());
            }
            Object answer = method.invoke(real, arguments);
            return method.getName().equals("results") ? noting(ResultStore.class, answer, callers) : answer;
        });
    }

    @Test
    void directoriesThatALayerOnlyImpliesStayWhatTheyWere() throws Exception {
        var lower = new TarWriter();
        lower.directory("tmp/", 01777);
        lower.directory("usr/", 0755);
        lower.directory("usr/lib/", 0711);
        lower.symlink("lib", "usr/lib");
        var upper = new TarWriter();
        upper.text("tmp/note", "n");
        upper.text("lib/library", "l");

        Snapshot pulled = pull(ImageFixture.of(List.of(lower.finish(), upper.finish())));

        try (MountedSnapshot mounted = snapshotter.mount(pulled)) {
            Path root = mounted.root();
            assertThat((int) Files.getAttribute(root.resolve("tmp"), "unix:mode") & 07777)
                    .isEqualTo(01777);
            assertThat(root.resolve("lib")).isSymbolicLink();
            assertThat(root.resolve("usr/lib/library")).hasContent("l");
            assertThat(root.resolve("tmp/note")).hasContent("n");
        }
    }

    @Test
    void layersComeInEveryCompression() throws Exception {
        assertThat(read(snapshotter.tree(pull(ImageFixture.of(List.of(archive("gzip"))))), "file"))
                .isEqualTo("gzip");
        assertThat(read(
                        snapshotter.tree(pull(ImageFixture.of(List.of(archive("zstd")), "+zstd", Zstd::compress))),
                        "file"))
                .isEqualTo("zstd");
        assertThat(read(snapshotter.tree(pull(ImageFixture.of(List.of(archive("plain")), "", tar -> tar))), "file"))
                .isEqualTo("plain");
    }

    @Test
    void imageOfAnotherRegistryIsAnotherOneThoughItsLayersAreTheSame() throws Exception {
        Snapshot first = pull(ImageFixture.of(List.of(archive("same"))));
        SourceOp op = operation(registry.host());
        SourceOp other = operation(registry.host().replace("localhost", "127.0.0.1"));

        assertThat(Vertex.of(other).recipe()).isNotEqualTo(Vertex.of(op).recipe());
        assertThat(pull(other)).isEqualTo(first);
    }

    @Test
    void oneArchiveIsOneLayerHoweverItIsPacked() throws Exception {
        List<byte[]> archives = List.of(archive("same"));

        Snapshot first = pull(ImageFixture.of(archives));

        assertThat(pull(ImageFixture.of(archives, "+zstd", Zstd::compress))).isEqualTo(first);
    }

    @Test
    void anArchiveWithAnotherDigestThanItsConfigurationSaysIsRefused() {
        byte[] promised = archive("promised");
        byte[] other = archive("other");

        assertThatThrownBy(() -> pull(ImageFixture.of(List.of(promised), "+gzip", _ -> ImageFixture.gzip(other))))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("failed to pull image \"" + registry.host() + "/team/app:1@sha256:")
                .hasMessageContaining(Digest.of(promised).toString())
                .hasMessageContaining(Digest.of(other).toString());
    }

    @Test
    void aHostileLayerIsRefusedByTheNameOfItsEntry() {
        var hostile = new TarWriter();
        hostile.text("../../etc/passwd", "x");

        assertThatThrownBy(() -> pull(ImageFixture.of(List.of(hostile.finish()))))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("failed to pull image")
                .hasMessageEndingWith("../../etc/passwd: refused: the name ../../etc/passwd has \"..\","
                        + " which could leave the tree");
    }

    @Test
    void linksThatRunInCirclesAreSaidWithTheImage() {
        var lower = new TarWriter();
        lower.symlink("a", "b");
        lower.symlink("b", "a");
        var upper = new TarWriter();
        upper.text("a/file", "x");

        assertThatThrownBy(() -> pull(ImageFixture.of(List.of(lower.finish(), upper.finish()))))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(
                        "failed to stack the layers of image \"" + registry.host() + "/team/app:1@sha256:")
                .hasMessageEndingWith(": a: too many levels of symbolic links");
    }
}
