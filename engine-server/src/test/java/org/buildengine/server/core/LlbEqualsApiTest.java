package org.buildengine.server.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.server.llb.Definitions.PLATFORM;
import static org.buildengine.server.llb.Definitions.decoded;
import static org.buildengine.server.llb.Definitions.edits;
import static org.buildengine.server.llb.Definitions.exec;
import static org.buildengine.server.llb.Definitions.image;
import static org.buildengine.server.llb.Definitions.meta;
import static org.buildengine.server.llb.Definitions.mkdir;
import static org.buildengine.server.llb.Definitions.mkfile;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.llb.Definitions;
import org.buildengine.server.registry.ImageReference;
import org.buildengine.server.registry.ResolvedImage;
import org.buildengine.server.source.ImageSource;
import org.buildengine.session.wire.pb.CacheOpt;
import org.buildengine.session.wire.pb.FileAction;
import org.buildengine.session.wire.pb.FileActionCopy;
import org.buildengine.session.wire.pb.Input;
import org.buildengine.session.wire.pb.Mount;
import org.buildengine.session.wire.pb.MountType;
import org.buildengine.session.wire.pb.Op;
import org.buildengine.session.wire.pb.TmpfsOpt;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

/** The same steps, described by a definition and by the API, are the same work, so that each finds what the other made. */
class LlbEqualsApiTest {
    private static final String IMAGE = "registry.example/app@" + Digest.of("app");

    private final Definitions definition = new Definitions();
    private final Input image = definition.add(image(IMAGE));
    private final Input files = definition.add(Op.newBuilder().setFile(edits(mkdir(-1, "/src"), mkfile(0, "/f", "x"))));

    private static Container container() throws Exception {
        ResolvedImage image = Definitions.image(ImageReference.parse(IMAGE), PLATFORM);
        return Container.scratch("linux/amd64")
                .from(
                        image.platform().toString(),
                        Vertex.of(ImageSource.op(image)).output(0),
                        ContainerConfig.NONE.withVariable("A", "1"),
                        image.name().toString());
    }

    private static Object resolve(CoreObject receiver, String field, Map<String, Object> arguments) throws Exception {
        FakeCall call = FakeCall.on(receiver);
        arguments.forEach(call::with);
        return call.resolve(field);
    }

    private static Container withExec(Container container, String... args) throws Exception {
        return (Container) resolve(container, "Container.withExec", Map.of("args", List.of(args)));
    }

    private static Directory directory(Directory on, String field, Map<String, Object> arguments) throws Exception {
        return (Directory) resolve(on, "Directory." + field, arguments);
    }

    private static Directory files() throws Exception {
        Directory source = directory(Directory.empty(), "withNewDirectory", Map.of("path", "src"));
        return directory(source, "withNewFile", Map.of("path", "f", "contents", "x"));
    }

    private InputRef decodedAs(Op.Builder op) throws Exception {
        return decoded(definition.ending(definition.add(op)));
    }

    @Test
    void aCommandInAnImage() throws Exception {
        Input first = definition.add(exec(image, meta("sh", "-c", "make").addEnv("A=1")));

        assertThat(decodedAs(exec(first, meta("true").addEnv("A=1"))))
                .isEqualTo(withExec(withExec(container(), "sh", "-c", "make"), "true")
                        .rootfs());
    }

    @Test
    void editsOfFiles() throws Exception {
        Directory made = directory(Directory.empty(), "withNewDirectory", Map.of("path", "d"));
        made = directory(made, "withNewFile", Map.of("path", "f", "contents", "x"));
        made = directory(made, "withSymlink", Map.of("target", "f", "linkName", "l"));
        made = directory(made, "withoutFile", Map.of("path", "f"));
        Input first = definition.add(Op.newBuilder().setFile(edits(mkdir(-1, "/d"), mkfile(0, "/f", "x"))));
        var link = FileAction.newBuilder().setInput(0);
        link.getSymlinkBuilder().setOldpath("f").setNewpath("/l").setTimestamp(-1);
        var remove = FileAction.newBuilder().setInput(1);
        remove.getRmBuilder().setPath("/f").setAllowNotFound(true);

        assertThat(decodedAs(Op.newBuilder().addInputs(first).setFile(edits(link, remove))))
                .isEqualTo(made.tree());
    }

    @Test
    void aDirectoryThatIsCopiedIntoAnImage() throws Exception {
        Container copied = container()
                .withRootfs(directory(
                                Directory.root(container().rootfs()),
                                "withDirectory",
                                Map.of("path", "/app", "source", files()))
                        .tree());
        var copy = FileAction.newBuilder()
                .setInput(0)
                .setSecondaryInput(1)
                .setCopy(FileActionCopy.newBuilder()
                        .setSrc("/")
                        .setDest("/app")
                        .setMode(-1)
                        .setTimestamp(-1)
                        .setFollowSymlink(true)
                        .setDirCopyContents(true)
                        .setCreateDestPath(true)
                        .setAllowWildcard(true)
                        .setAllowEmptyWildcard(true));
        Input app =
                definition.add(Op.newBuilder().addInputs(image).addInputs(files).setFile(edits(copy)));

        assertThat(decodedAs(exec(app, meta("make").addEnv("A=1"))))
                .isEqualTo(withExec(copied, "make").rootfs());
    }

    @Test
    void whatIsMounted() throws Exception {
        Container mounted = container()
                .withMount(new ContainerMount.Cache(
                        "/cache", new CacheVolume("npm", Optional.empty(), "SHARED", ""), "0:0"))
                .withMount(new ContainerMount.Tree("/ro", files().tree(), "src", false, true))
                .withMount(new ContainerMount.Temp("/tmp", Optional.of(4096L)))
                .withMount(new ContainerMount.Tree("/w", files().tree(), "", false, false));
        Mount.Builder tree = Mount.newBuilder().setInput(1).setOutput(-1);
        Op.Builder op = exec(
                image,
                meta("make").addEnv("A=1"),
                tree.clone().setDest("/w").setOutput(1),
                tree.clone().setDest("/ro").setSelector("/src").setReadonly(true),
                tree.clone()
                        .setDest("/tmp")
                        .setInput(-1)
                        .setMountType(MountType.TMPFS)
                        .setTmpfsOpt(TmpfsOpt.newBuilder().setSize(4096)),
                tree.clone()
                        .setDest("/cache")
                        .setInput(-1)
                        .setMountType(MountType.CACHE)
                        .setCacheOpt(CacheOpt.newBuilder().setID("npm")));

        assertThat(decodedAs(op.addInputs(files)))
                .isEqualTo(withExec(mounted, "make").rootfs());
    }
}
