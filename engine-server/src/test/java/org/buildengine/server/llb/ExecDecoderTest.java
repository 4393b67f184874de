package org.buildengine.server.llb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.server.llb.Definitions.decoded;
import static org.buildengine.server.llb.Definitions.exec;
import static org.buildengine.server.llb.Definitions.file;
import static org.buildengine.server.llb.Definitions.meta;
import static org.buildengine.server.llb.Definitions.output;
import static org.buildengine.server.llb.Definitions.root;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.buildengine.server.core.CacheVolume;
import org.buildengine.server.core.FileEdits;
import org.buildengine.session.wire.pb.CDIDevice;
import org.buildengine.session.wire.pb.CacheOpt;
import org.buildengine.session.wire.pb.CacheSharingOpt;
import org.buildengine.session.wire.pb.ExecOp;
import org.buildengine.session.wire.pb.HostIP;
import org.buildengine.session.wire.pb.Input;
import org.buildengine.session.wire.pb.Meta;
import org.buildengine.session.wire.pb.Mount;
import org.buildengine.session.wire.pb.MountType;
import org.buildengine.session.wire.pb.NetMode;
import org.buildengine.session.wire.pb.Op;
import org.buildengine.session.wire.pb.Platform;
import org.buildengine.session.wire.pb.ProxyEnv;
import org.buildengine.session.wire.pb.SecretEnv;
import org.buildengine.session.wire.pb.SecurityMode;
import org.buildengine.session.wire.pb.TmpfsOpt;
import org.buildengine.session.wire.pb.Ulimit;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.ExecOp.Expect;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

class ExecDecoderTest {
    private final Definitions definition = new Definitions();
    private final Input base = definition.add(file("/base", "x"));
    private final Input more = definition.add(file("/more", "x"));

    private static Mount.Builder mount(MountType type, String dest) {
        return Mount.newBuilder().setMountType(type).setInput(-1).setOutput(-1).setDest(dest);
    }

    private static Mount.Builder bind(long input, String dest) {
        return mount(MountType.BIND, dest).setInput(input);
    }

    private static Mount.Builder cache(String id, CacheSharingOpt sharing, String dest) {
        return mount(MountType.CACHE, dest)
                .setCacheOpt(CacheOpt.newBuilder().setID(id).setSharing(sharing));
    }

    private Vertex vertex(Op.Builder op) throws Exception {
        return decoded(definition.ending(definition.add(op))).vertex();
    }

    private org.buildengine.solver.op.ExecOp run(Meta.Builder meta, Mount.Builder... mounts) throws Exception {
        return (org.buildengine.solver.op.ExecOp)
                vertex(exec(base, meta, mounts).addInputs(more)).op();
    }

    private void refused(Meta.Builder meta, String code, String text, Mount.Builder... mounts) {
        Refused.op(definition, exec(base, meta, mounts).addInputs(more), code, text);
    }

    private void unsupported(Meta.Builder meta, String what, String instead) {
        refused(meta, "UNSUPPORTED", what + " is not supported in a definition: " + instead);
    }

    private void unsupported(Mount.Builder mount, String what, String instead) {
        refused(meta("a"), "UNSUPPORTED", what + " is not supported in a definition: " + instead, mount);
    }

    private void invalid(Mount.Builder mount, String text) {
        refused(meta("a"), "INVALID_ARGUMENT", text, mount);
    }

    @Test
    void aCommandIsTakenAsItIs() throws Exception {
        var op = run(
                meta("sh", "-c", "x").addEnv("A=1").addEnv("B=").setCwd("/w").setUser("bob:7"));

        assertThat(op.args()).containsExactly("sh", "-c", "x");
        assertThat(op.env()).containsExactly("A=1", "B=");
        assertThat(op.cwd()).isEqualTo("/w");
        assertThat(op.user()).isEqualTo("bob:7");
        assertThat(op.platform()).isEqualTo("linux/amd64");
        assertThat(op.insecure() || op.noInit()).isFalse();
    }

    @Test
    void thePlatformIsThatOfTheOperation() throws Exception {
        var arm = Platform.newBuilder().setOS("linux").setArchitecture("arm").setVariant("v6");

        assertThat(((org.buildengine.solver.op.ExecOp)
                                vertex(exec(base, "a").setPlatform(arm)).op())
                        .platform())
                .isEqualTo("linux/arm/v6");
        Refused.op(
                definition,
                exec(base, "a").setPlatform(arm.clone().setOSVersion("1")),
                "UNSUPPORTED",
                "a version or a feature of an operating system is not supported in a definition:"
                        + " name the platform by system, architecture and variant");
        Refused.op(
                definition,
                exec(base, "a").setPlatform(arm.clone().setArchitecture("abacus")),
                "INVALID_ARGUMENT",
                "unknown operating system or architecture: \"linux/abacus/v6\";"
                        + " write it like linux/amd64 or linux/arm/v7");
    }

    @Test
    void exitCodesAreThoseThatTheEngineTellsApart() throws Exception {
        List<Integer> failures = Stream.of(IntStream.rangeClosed(1, 127), IntStream.rangeClosed(192, 255))
                .flatMap(IntStream::boxed)
                .toList();

        assertThat(run(meta("a")).expect()).isEqualTo(Expect.SUCCESS);
        assertThat(run(meta("a").addValidExitCodes(0)).expect()).isEqualTo(Expect.SUCCESS);
        assertThat(run(meta("a").addAllValidExitCodes(failures)).expect()).isEqualTo(Expect.FAILURE);
        assertThat(run(meta("a").addAllValidExitCodes(failures).addValidExitCodes(0))
                        .expect())
                .isEqualTo(Expect.ANY);
        unsupported(
                meta("a").addValidExitCodes(3),
                "this choice of valid exit codes",
                "choose 0 alone, 1 to 127 with 192 to 255, or all of these, and let the command check the rest");
    }

    @Test
    void mountsComeInTheOrderOfTheirPathsEachWithAnInputOfItsOwn() throws Exception {
        Op.Builder op = exec(
                        base,
                        meta("a").setCwd("/w"),
                        bind(1, "/z").setOutput(2),
                        bind(1, "/z/../b").setReadonly(true).setSelector("/more/../sub/"),
                        bind(-1, "inside"),
                        mount(MountType.TMPFS, "/t")
                                .setTmpfsOpt(TmpfsOpt.newBuilder().setSize(7)))
                .addInputs(more);
        Input run = definition.add(op);

        Vertex vertex = decoded(definition.ending(run)).vertex();
        var inputs = vertex.inputs();

        assertThat(((org.buildengine.solver.op.ExecOp) vertex.op()).mounts())
                .containsExactly(
                        new ExecMount.Tree("/b", 1, "sub", Optional.empty()),
                        new ExecMount.Temp("/t", 7),
                        new ExecMount.Tree("/w/inside", 2, "", Optional.of(1)),
                        new ExecMount.Tree("/z", 3, "", Optional.of(2)));
        assertThat(inputs.get(1)).isEqualTo(inputs.get(3)).isNotEqualTo(inputs.get(0));
        assertThat(inputs.get(2)).isEqualTo(FileEdits.EMPTY);
        assertThat(decoded(definition.ending(output(run, 2)))).isEqualTo(vertex.output(2));
        Refused.bytes(
                definition.ending(output(run, 1)),
                "INVALID_ARGUMENT",
                "op " + (definition.size() - 1) + " (" + lastDigest() + "): its input is output 1 of the exec op 2 ("
                        + run.getDigest().substring(0, 19) + "), which has these: [0, 2]");
    }

    private String lastDigest() {
        return definition.lastDigest().substring(0, 19);
    }

    @Test
    void aCacheIsTheVolumeThatTheApiNamesSo() throws Exception {
        for (CacheSharingOpt sharing :
                List.of(CacheSharingOpt.SHARED, CacheSharingOpt.PRIVATE, CacheSharingOpt.LOCKED)) {
            var volume = new CacheVolume("npm", Optional.empty(), sharing.name(), "");

            assertThat(run(meta("a"), cache("npm", sharing, "/c")).mounts())
                    .containsExactly(new ExecMount.Cache(
                            "/c", volume.digest(), sharing != CacheSharingOpt.SHARED, Optional.empty(), "0:0"));
        }
    }

    @Test
    void theRootMayBeEmptyAndItsOutputUnused() throws Exception {
        var op = Op.newBuilder()
                .setExec(ExecOp.newBuilder()
                        .setMeta(meta("a"))
                        .addMounts(root().setInput(-1).setOutput(-1))
                        .addMounts(bind(-1, "/o").setOutput(0)));

        Vertex vertex = vertex(op);

        assertThat(vertex.inputs()).containsExactly(FileEdits.EMPTY, FileEdits.EMPTY);
        assertThat(decoded(definition.ending(definition.add(op)))).isEqualTo(vertex.output(1));
    }

    @Test
    void rightsBeyondTheUsualAreRefused() {
        ExecOp.Builder plain = exec(base, "a").getExecBuilder();
        String network = "leave it unset; the step then gets the network that the engine is configured to give";
        Map.of(
                        plain.clone().setNetwork(NetMode.HOST),
                        "the network HOST is not supported in a definition: " + network,
                        plain.clone().setNetwork(NetMode.NONE),
                        "the network NONE is not supported in a definition: " + network,
                        plain.clone().setNetworkValue(9),
                        "the network UNRECOGNIZED is not supported in a definition: " + network,
                        plain.clone().setSecurity(SecurityMode.INSECURE),
                        "the security INSECURE is not supported in a definition:"
                                + " run the command by the API, with insecureRootCapabilities",
                        plain.clone().addSecretenv(SecretEnv.newBuilder().setName("TOKEN")),
                        "the secret variable \"TOKEN\" is not supported in a definition:"
                                + " run the command by the API, with withSecretVariable",
                        plain.clone().addCdiDevices(CDIDevice.getDefaultInstance()),
                        "a CDI device is not supported in a definition: do without")
                .forEach((op, text) ->
                        Refused.op(definition, Op.newBuilder().addInputs(base).setExec(op), "UNSUPPORTED", text));
    }

    @Test
    void settingsThatNoStepHasAreRefused() {
        unsupported(
                meta("a").setProxyEnv(ProxyEnv.getDefaultInstance()),
                "a proxy (proxy_env)",
                "set its variables in env");
        unsupported(
                meta("a").addExtraHosts(HostIP.getDefaultInstance()),
                "an extra host",
                "let the command add it to /etc/hosts");
        unsupported(meta("a").setHostname("h"), "a host name", "leave it out");
        unsupported(meta("a").addUlimit(Ulimit.getDefaultInstance()), "a ulimit", "let the command set it");
        unsupported(meta("a").setCgroupParent("c"), "a parent of the cgroup", "leave it out");
    }

    @Test
    void aCommandThatCannotBeIsRefused() {
        Refused.op(
                definition,
                Op.newBuilder().setExec(ExecOp.getDefaultInstance()),
                "INVALID_ARGUMENT",
                "it has no command (meta)");
        String code = "INVALID_ARGUMENT";
        refused(meta(), code, "its command is empty");
        refused(meta("a\0b"), code, "an argument cannot hold a NUL character: a\\0b");
        refused(meta("a").addEnv("A"), code, "the environment variable \"A\" has no value: write NAME=VALUE");
        refused(meta("a").addEnv("=1"), code, "the name of an environment variable cannot be empty");
        refused(meta("a").addEnv("A=\0"), code, "an environment variable cannot hold a NUL character: A=\\0");
        refused(meta("a").setUser("\0"), code, "a user cannot hold a NUL character: \\0");
        refused(meta("a").setCwd("/\0"), code, "a working directory cannot hold a NUL character: /\\0");
        refused(meta("a").setCwd("w"), code, "the working directory \"w\" is not absolute: begin it with a slash");
    }

    @Test
    void theRootFileSystemIsAWholeTreeThatMayChange() {
        Map.of(
                        root().setReadonly(true),
                        "a read-only root file system is not supported in a definition:"
                                + " let it be writable; nobody has to use its output",
                        root().setSelector("/d"),
                        "a directory of a tree as root file system (selector) is not supported in a definition:"
                                + " copy the directory into an empty tree first",
                        root().setMountType(MountType.TMPFS),
                        "a root file system that is no tree is not supported in a definition: mount a tree at /",
                        root().setResultID("r"),
                        "a mount of a result (resultID) is not supported in a definition: mount an input")
                .forEach((root, text) -> Refused.op(
                        definition,
                        Op.newBuilder()
                                .addInputs(base)
                                .setExec(ExecOp.newBuilder().setMeta(meta("a")).addMounts(root)),
                        "UNSUPPORTED",
                        text));
        Refused.op(
                definition,
                Op.newBuilder().setExec(ExecOp.newBuilder().setMeta(meta("a"))),
                "INVALID_ARGUMENT",
                "0 mounts have the dest /: one has to be the root file system");
        invalid(root(), "2 mounts have the dest /: one has to be the root file system");
    }

    @Test
    void mountsThatCannotBeExactAreRefused() {
        unsupported(
                mount(MountType.SECRET, "/run/s"),
                "the secret at /run/s",
                "run the command by the API, with withMountedSecret");
        unsupported(mount(MountType.SSH, "/run/ssh"), "the SSH agent at /run/ssh", "do without");
        unsupported(mount(MountType.BIND, "/x").setMountTypeValue(9), "a mount of type 9", "use bind, cache or tmpfs");
        unsupported(bind(-1, "/x").setResultID("r"), "a mount of a result (resultID)", "mount an input");
        String own = "the container needs its own /dev and /proc; mount below /dev, or elsewhere";
        unsupported(bind(-1, "/proc/x"), "a mount at /proc/x", own);
        unsupported(bind(-1, "/proc"), "a mount at /proc", own);
        unsupported(bind(-1, "/dev/"), "a mount at /dev", own);
        refused(
                meta("a").setRemoveMountStubsRecursive(false),
                "UNSUPPORTED",
                "to leave the directories that were made for the mount at /a/b is not supported in a definition:"
                        + " set removeMountStubsRecursive",
                bind(-1, "/a/b"));

        invalid(bind(-1, "").setOutput(-1), "the dest \"\" is no place for a mount");
        invalid(bind(-1, "/..").setOutput(-1), "the dest \"/..\" is no place for a mount");
        invalid(bind(-1, "/x").setOutput(-2), "an output has the number -2");
        invalid(bind(-1, "/x").setOutput(0), "two mounts have the output 0");
        invalid(bind(-1, "/x").setReadonly(true).setOutput(1), "the mount at /x is read-only, but has an output");
        invalid(bind(5, "/x"), "it refers to its input 5, but has 2 inputs, counted from 0");
        refused(
                meta("a"),
                "NAME_TOO_LONG",
                "File name length exceeds the maximum supported 255 characters",
                bind(-1, "/" + "x".repeat(300)));
        refused(meta("a"), "INVALID_ARGUMENT", "two mounts have the dest /x", bind(-1, "/x"), bind(-1, "/x/"));
    }

    @Test
    void cachesAndFileSystemsInMemoryBeginEmpty() {
        unsupported(
                cache("c", CacheSharingOpt.SHARED, "/c").setInput(1),
                "an input of the cache at /c",
                "give it the input -1, and let the command fill it");
        unsupported(
                mount(MountType.TMPFS, "/t").setSelector("/s"),
                "an input of the tmpfs at /t",
                "give it the input -1, and let the command fill it");
        unsupported(
                cache("c", CacheSharingOpt.SHARED, "/c").setReadonly(true),
                "a read-only cache",
                "let the cache at /c be writable");
        unsupported(
                mount(MountType.TMPFS, "/t").setReadonly(true), "a read-only tmpfs", "let the tmpfs at /t be writable");
        unsupported(
                mount(MountType.CACHE, "/c")
                        .setCacheOpt(CacheOpt.newBuilder().setID("c").setSharingValue(7)),
                "the sharing 7 of the cache at /c",
                "choose shared, private or locked");
        invalid(cache("", CacheSharingOpt.SHARED, "/c"), "the cache at /c has no ID");
        invalid(
                mount(MountType.TMPFS, "/t").setTmpfsOpt(TmpfsOpt.newBuilder().setSize(-7)),
                "the size of the tmpfs at /t is negative: -7");
    }
}
