package org.buildengine.server.llb;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.server.registry.ImageConfig;
import org.buildengine.server.registry.ImageReference;
import org.buildengine.server.registry.Platform;
import org.buildengine.server.registry.ResolvedImage;
import org.buildengine.session.wire.pb.Definition;
import org.buildengine.session.wire.pb.ExecOp;
import org.buildengine.session.wire.pb.FileAction;
import org.buildengine.session.wire.pb.FileActionMkDir;
import org.buildengine.session.wire.pb.FileActionMkFile;
import org.buildengine.session.wire.pb.FileOp;
import org.buildengine.session.wire.pb.Input;
import org.buildengine.session.wire.pb.Meta;
import org.buildengine.session.wire.pb.Mount;
import org.buildengine.session.wire.pb.Op;
import org.buildengine.session.wire.pb.OpMetadata;
import org.buildengine.session.wire.pb.SourceOp;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.InputRef;

/** Writes definitions as clients do. */
public final class Definitions {
    /** What the engine of the tests runs on. */
    public static final Platform PLATFORM = new Platform("linux", "amd64", "");

    private final Definition.Builder definition = Definition.newBuilder();

    /** Adds an operation; gives its output 0. */
    public Input add(Op.Builder op) {
        ByteString bytes = op.build().toByteString();
        definition.addDef(bytes);
        return Input.newBuilder()
                .setDigest(Digest.of(bytes.toByteArray()).toString())
                .build();
    }

    Definitions with(Input op, OpMetadata metadata) {
        definition.putMetadata(op.getDigest(), metadata);
        return this;
    }

    /** How many operations there are so far. */
    int size() {
        return definition.getDefCount();
    }

    /** The digest of the last operation. */
    String lastDigest() {
        return Digest.of(definition.getDef(size() - 1).toByteArray()).toString();
    }

    /** The bytes, with {@code result} as what comes out. */
    public byte[] ending(Input result) {
        add(Op.newBuilder().addInputs(result));
        return definition.build().toByteArray();
    }

    static Input output(Input op, long index) {
        return op.toBuilder().setIndex(index).build();
    }

    /** An image. */
    public static Op.Builder image(String reference) {
        return Op.newBuilder().setSource(SourceOp.newBuilder().setIdentifier("docker-image://" + reference));
    }

    /** How a command runs, at the root. */
    public static Meta.Builder meta(String... args) {
        return Meta.newBuilder().addAllArgs(List.of(args)).setCwd("/").setRemoveMountStubsRecursive(true);
    }

    static Mount.Builder root() {
        return Mount.newBuilder().setDest("/");
    }

    /** A command in a tree, with more mounted over it. */
    public static Op.Builder exec(Input root, Meta.Builder meta, Mount.Builder... mounts) {
        var exec = ExecOp.newBuilder().setMeta(meta).addMounts(root());
        for (Mount.Builder mount : mounts) {
            exec.addMounts(mount);
        }
        return Op.newBuilder().addInputs(root).setExec(exec);
    }

    /** A command in a tree. */
    public static Op.Builder exec(Input root, String... args) {
        return exec(root, meta(args));
    }

    static FileAction.Builder action(long input) {
        return FileAction.newBuilder().setInput(input).setSecondaryInput(-1);
    }

    /** Makes a directory and its parents. */
    public static FileAction.Builder mkdir(long input, String path) {
        return action(input)
                .setMkdir(FileActionMkDir.newBuilder()
                        .setPath(path)
                        .setMode(0755)
                        .setMakeParents(true)
                        .setTimestamp(-1));
    }

    /** Writes a file. */
    public static FileAction.Builder mkfile(long input, String path, String text) {
        return action(input)
                .setMkfile(FileActionMkFile.newBuilder()
                        .setPath(path)
                        .setMode(0644)
                        .setData(ByteString.copyFromUtf8(text))
                        .setTimestamp(-1));
    }

    /** Edits in a row, the last of which is output 0; each has the number of what it edits already. */
    public static FileOp.Builder edits(FileAction.Builder... actions) {
        var file = FileOp.newBuilder();
        for (int i = 0; i < actions.length; i++) {
            file.addActions(actions[i].setOutput(i + 1 < actions.length ? -1 : 0));
        }
        return file;
    }

    /** A tree with one file in it. */
    public static Op.Builder file(String path, String text) {
        return Op.newBuilder().setFile(edits(mkfile(-1, path, text)));
    }

    /** What a registry of the tests says. */
    public static ResolvedImage image(ImageReference reference, Platform platform) throws IOException {
        if (reference.repository().endsWith("gone")) {
            throw new IOException("no such image: " + reference);
        }
        Digest digest = reference.digest().orElse(Digest.of(reference.toString()));
        return new ResolvedImage(
                reference.withDigest(digest),
                Digest.of(digest + " for " + platform),
                platform,
                ImageConfig.parse(
                        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Env\":[\"A=1\"]},\"rootfs\":{\"diff_ids\":[]}}"
                                .getBytes(StandardCharsets.UTF_8)),
                List.of());
    }

    /** Decodes with that registry. */
    public static InputRef decoded(byte[] definition) throws Exception {
        return decoder().decode(definition, 1, new FakeRun(new BuildOp("d", 0)));
    }

    static LlbDecoder decoder() {
        return new LlbDecoder((reference, platform, _) -> image(reference, platform), PLATFORM);
    }
}
