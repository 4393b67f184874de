package org.buildengine.server.llb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.server.llb.Definitions.action;
import static org.buildengine.server.llb.Definitions.decoded;
import static org.buildengine.server.llb.Definitions.edits;
import static org.buildengine.server.llb.Definitions.file;
import static org.buildengine.server.llb.Definitions.mkdir;
import static org.buildengine.server.llb.Definitions.mkfile;
import static org.buildengine.server.llb.Definitions.output;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.buildengine.server.core.FileEdits;
import org.buildengine.session.wire.pb.ChownOpt;
import org.buildengine.session.wire.pb.FileAction;
import org.buildengine.session.wire.pb.FileActionCopy;
import org.buildengine.session.wire.pb.FileActionRm;
import org.buildengine.session.wire.pb.FileActionSymlink;
import org.buildengine.session.wire.pb.FileOp;
import org.buildengine.session.wire.pb.Input;
import org.buildengine.session.wire.pb.NamedUserOpt;
import org.buildengine.session.wire.pb.Op;
import org.buildengine.session.wire.pb.OpMetadata;
import org.buildengine.session.wire.pb.UserOpt;
import org.buildengine.solver.op.FileAction.Copy;
import org.buildengine.solver.op.FileAction.Copy.Kind;
import org.buildengine.solver.op.FileAction.MakeDirectory;
import org.buildengine.solver.op.FileAction.Remove;
import org.buildengine.solver.op.FileAction.Require;
import org.buildengine.solver.op.FileAction.SetTimestamps;
import org.buildengine.solver.op.FileAction.Symlink;
import org.buildengine.solver.op.FileAction.WriteFile;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

class FileDecoderTest {
    private final Definitions definition = new Definitions();
    private final Input base = definition.add(file("/base", "x"));
    private final Input source = definition.add(file("/source", "x"));

    private static WriteFile write(String path, String text) {
        return new WriteFile(path, text, 0644, Optional.empty());
    }

    private static UserOpt id(int id) {
        return UserOpt.newBuilder().setByID(id).build();
    }

    private static UserOpt name(String name, long input) {
        return UserOpt.newBuilder()
                .setByName(NamedUserOpt.newBuilder().setName(name).setInput(input))
                .build();
    }

    private static ChownOpt owner(UserOpt user) {
        return ChownOpt.newBuilder().setUser(user).build();
    }

    private static FileAction.Builder rm(String path, Consumer<FileActionRm.Builder> options) {
        var rm = FileActionRm.newBuilder().setPath(path);
        options.accept(rm);
        return action(-1).setRm(rm);
    }

    private static FileAction.Builder symlink(String target, String path) {
        return action(-1)
                .setSymlink(FileActionSymlink.newBuilder()
                        .setOldpath(target)
                        .setNewpath(path)
                        .setTimestamp(-1));
    }

    /** As a Dockerfile's COPY has it, of input 1 into input 0. */
    private static FileAction.Builder copy(String src, String dest, Consumer<FileActionCopy.Builder> options) {
        var copy = FileActionCopy.newBuilder()
                .setSrc(src)
                .setDest(dest)
                .setMode(-1)
                .setTimestamp(-1)
                .setFollowSymlink(true)
                .setDirCopyContents(true)
                .setCreateDestPath(true)
                .setAllowWildcard(true)
                .setAllowEmptyWildcard(true);
        options.accept(copy);
        return action(0).setSecondaryInput(1).setCopy(copy);
    }

    private static Copy copied(String src, String dest, Optional<String> owner, OptionalInt mode, Kind kind) {
        return new Copy(1, src, dest, List.of(), List.of(), false, owner, mode, kind);
    }

    private static Copy copied(String src, String dest, Kind kind) {
        return copied(src, dest, Optional.empty(), OptionalInt.empty(), kind);
    }

    private Vertex vertex(FileOp.Builder file) throws Exception {
        Input result =
                definition.add(Op.newBuilder().addInputs(base).addInputs(source).setFile(file));
        return decoded(definition.ending(result)).vertex();
    }

    private List<org.buildengine.solver.op.FileAction> actions(FileAction.Builder... actions) throws Exception {
        return ((org.buildengine.solver.op.FileOp) vertex(edits(actions)).op()).actions();
    }

    private void refused(FileAction.Builder action, String code, String text) {
        Refused.op(
                definition,
                Op.newBuilder().addInputs(base).addInputs(source).setFile(edits(action)),
                code,
                "action 0: " + text);
    }

    private void invalid(FileAction.Builder action, String text) {
        refused(action, "INVALID_ARGUMENT", text);
    }

    private void unsupported(FileAction.Builder action, String what, String instead) {
        refused(action, "UNSUPPORTED", what + " is not supported in a definition: " + instead);
    }

    private InputRef decodedInput(Input input) throws Exception {
        return decoded(definition.ending(input));
    }

    @Test
    void actionsInARowAreOneOperationAlsoAcrossOperations() throws Exception {
        Vertex vertex = vertex(edits(mkdir(0, "/d"), mkfile(2, "/f", "y"), mkfile(3, "/g", "z")));

        assertThat(((org.buildengine.solver.op.FileOp) vertex.op()).actions())
                .containsExactly(
                        write("/base", "x"),
                        new MakeDirectory("/d", 0755, Optional.empty()),
                        write("/f", "y"),
                        write("/g", "z"));
        assertThat(vertex.inputs()).containsExactly(FileEdits.EMPTY);
    }

    @Test
    void whatOthersUseTooIsNotRepeated() throws Exception {
        definition.add(Op.newBuilder().addInputs(base).setFile(edits(mkfile(0, "/other", ""))));
        InputRef shared = decodedInput(base);

        Vertex vertex = vertex(FileOp.newBuilder()
                .addActions(mkfile(0, "/a", "").setOutput(-1))
                .addActions(mkfile(2, "/b", "").setOutput(1))
                .addActions(mkfile(2, "/c", "").setOutput(0)));

        assertThat(((org.buildengine.solver.op.FileOp) vertex.op()).actions()).containsExactly(write("/c", ""));
        Vertex below = vertex.inputs().getFirst().vertex();
        assertThat(((org.buildengine.solver.op.FileOp) below.op()).actions()).containsExactly(write("/a", ""));
        assertThat(below.inputs()).containsExactly(shared);
    }

    @Test
    void whatIsNotToBeTakenFromTheCacheStandsAlone() throws Exception {
        Input fresh = definition.add(Op.newBuilder().addInputs(base).setFile(edits(mkfile(0, "/a", ""))));
        definition.with(fresh, OpMetadata.newBuilder().setIgnoreCache(true).build());
        Input after = definition.add(Op.newBuilder().addInputs(fresh).setFile(edits(mkfile(0, "/b", ""))));

        Vertex vertex = decodedInput(after).vertex();

        Vertex below = vertex.inputs().getFirst().vertex();
        assertThat(vertex.reuse()).isEqualTo(Reuse.ANY);
        assertThat(below.reuse()).isEqualTo(Reuse.FRESH);
        assertThat(below.inputs()).containsExactly(decodedInput(base));
    }

    @Test
    void everyActionMayHaveAnOutput() throws Exception {
        Input both = definition.add(Op.newBuilder()
                .setFile(FileOp.newBuilder()
                        .addActions(mkfile(-1, "/a", "").setOutput(4))
                        .addActions(mkfile(-1, "/b", "").setOutput(0))));

        assertThat(decodedInput(output(both, 4))).isEqualTo(FileEdits.edit(FileEdits.EMPTY, write("/a", "")));
        assertThat(decodedInput(both)).isEqualTo(FileEdits.edit(FileEdits.EMPTY, write("/b", "")));
    }

    @Test
    void directoriesAbove() throws Exception {
        var plain = mkdir(-1, "/a/b");
        plain.getMkdirBuilder().setMakeParents(false).setMode(0700).setOwner(owner(id(-1)));

        assertThat(actions(mkdir(-1, "a/./b/"))).containsExactly(new MakeDirectory("/a/b", 0755, Optional.empty()));
        assertThat(actions(plain))
                .containsExactly(new Require("/a", true), new MakeDirectory("/a/b", 0700, Optional.of("4294967295")));
        assertThat(actions(mkfile(-1, "/a/f", "x"))).containsExactly(new Require("/a", true), write("/a/f", "x"));
        assertThat(actions(symlink("../x", "/a/l")))
                .containsExactly(new Require("/a", true), new Symlink("../x", "/a/l"));
    }

    @Test
    void filesHaveOwnersAndTimes() throws Exception {
        var file = mkfile(-1, "/f", "x");
        file.getMkfileBuilder()
                .setOwner(ChownOpt.newBuilder().setUser(name("bob", -1)).setGroup(id(7)))
                .setTimestamp(3_000_000_000L);

        assertThat(actions(file))
                .containsExactly(new WriteFile("/f", "x", 0644, Optional.of("bob:7")), new SetTimestamps("/f", 3));
    }

    @Test
    void whatIsRemovedHasToBeThereUnlessAllowed() throws Exception {
        assertThat(actions(rm("/a*", _ -> {}))).containsExactly(new Require("/a*", false), new Remove("/a\\*"));
        assertThat(actions(rm("/a*", rm -> rm.setAllowNotFound(true)))).containsExactly(new Remove("/a\\*"));
        assertThat(actions(rm("/a*", rm -> rm.setAllowWildcard(true)))).containsExactly(new Remove("/a*"));
        assertThat(actions(rm("/a", rm -> rm.setAllowWildcard(true))))
                .containsExactly(new Require("/a", false), new Remove("/a"));
    }

    @Test
    void copiesOfDockerfiles() throws Exception {
        assertThat(actions(copy("/", "/app", _ -> {}))).containsExactly(copied("/", "/app", Kind.DIRECTORY));
        assertThat(actions(copy("/f", "/app/g", _ -> {}))).containsExactly(copied("/f", "/app/g", Kind.ANY));
        assertThat(actions(copy("/f", "/", _ -> {}))).containsExactly(copied("/f", "/", Kind.ANY));
        assertThat(actions(copy("/f", "/app/", _ -> {})))
                .containsExactly(new MakeDirectory("/app", 0755, Optional.empty()), copied("/f", "/app/", Kind.ANY));
        assertThat(actions(
                        copy("/f", "/a/g", copy -> copy.setOwner(owner(id(5))).setMode(0600))))
                .containsExactly(
                        new MakeDirectory("/a", 0755, Optional.of("5")),
                        copied("/f", "/a/g", Optional.of("5"), OptionalInt.of(0600), Kind.ANY));
        assertThat(actions(
                        copy("/d", "/e", copy -> copy.addIncludePatterns("*.c").addExcludePatterns("x"))))
                .containsExactly(new Copy(
                        1,
                        "/d",
                        "/e",
                        List.of("*.c"),
                        List.of("x"),
                        false,
                        Optional.empty(),
                        OptionalInt.empty(),
                        Kind.DIRECTORY));
    }

    @Test
    void otherCopies() throws Exception {
        assertThat(actions(copy("/f", "/g", copy -> copy.setDirCopyContents(false))))
                .containsExactly(write("/base", "x"), copied("/f", "/g", Kind.FILE));
        assertThat(actions(
                        copy("/f*", "/g", copy -> copy.setDirCopyContents(false).setAllowWildcard(false))))
                .containsExactly(copied("/f*", "/g", Kind.FILE));
        assertThat(actions(copy("/f", "/a/g", copy -> copy.setCreateDestPath(false))))
                .containsExactly(new Require("/a", true), copied("/f", "/a/g", Kind.ANY));
    }

    @Test
    void actionsReferToWhatThereIs() {
        Refused.op(Op.newBuilder().setFile(FileOp.getDefaultInstance()), "INVALID_ARGUMENT", "it has no actions");
        unsupported(
                action(0),
                "an action of no kind that this engine knows",
                "it does copy, mkfile, mkdir, rm and symlink");
        invalid(mkfile(2, "/f", ""), "it refers to 2, which is neither an input nor an earlier action");
        invalid(mkfile(-2, "/f", ""), "it refers to its input -2, but has 2 inputs, counted from 0");
        invalid(
                mkfile(Long.MIN_VALUE, "/f", ""),
                "it refers to its input " + Long.MIN_VALUE + ", but has 2 inputs, counted from 0");
        Refused.invalid(
                Op.newBuilder()
                        .setFile(FileOp.newBuilder()
                                .addActions(mkfile(-1, "/f", "").setOutput(-2))),
                "action 0: an output has the number -2");
        Refused.invalid(
                Op.newBuilder()
                        .setFile(FileOp.newBuilder()
                                .addActions(mkfile(-1, "/f", ""))
                                .addActions(mkfile(-1, "/g", ""))),
                "action 1: it is the second one with the output 0");
    }

    @Test
    void pathsAreThoseThatFileSystemsTake() {
        String root = "the root of a tree is a directory, and cannot be replaced or removed";
        invalid(mkfile(-1, "/x/..", ""), root);
        invalid(symlink("x", "/"), root);
        invalid(rm("", _ -> {}), root);
        invalid(symlink("", "/l"), "a symbolic link has to lead somewhere");
        invalid(mkfile(-1, "/\0", ""), "a file name cannot hold a NUL character: /\\0");
        invalid(mkfile(-1, "/x".repeat(2049), ""), "the path \"" + "/x".repeat(49) + "/…\" is longer than 4096 bytes");
        var mode = mkdir(-1, "/d");
        mode.getMkdirBuilder().setMode(01777);
        unsupported(mode, "the mode 1777", "give permissions from 0 to 777 (octal)");
    }

    @Test
    void filesThatCannotBeWrittenAsTold() {
        var binary = mkfile(-1, "/f", "");
        binary.getMkfileBuilder().setData(ByteString.copyFrom(new byte[] {(byte) 0xff}));
        unsupported(
                binary,
                "a file that is no UTF-8 text",
                "put it into a tree that is copied from, or let a command write it");
        var time = mkfile(-1, "/f", "");
        time.getMkfileBuilder().setTimestamp(1);
        unsupported(time, "the time 1", "give whole seconds since 1970, in nanoseconds, or -1 for none");
        var directory = mkdir(-1, "/d");
        directory.getMkdirBuilder().setTimestamp(0);
        String only = "a timestamp of anything but a file that is written";
        unsupported(directory, only, "give -1 for none");
        var link = symlink("x", "/l");
        link.getSymlinkBuilder().setTimestamp(0);
        unsupported(link, only, "give -1 for none");
        var owned = symlink("x", "/l");
        owned.getSymlinkBuilder().setOwner(owner(id(0)));
        unsupported(owned, "an owner of a symbolic link", "leave it to root");
    }

    private FileAction.Builder owned(ChownOpt.Builder owner) {
        var file = mkfile(0, "/f", "");
        file.getMkfileBuilder().setOwner(owner);
        return file;
    }

    @Test
    void ownersAreKnownToTheEditedTree() {
        unsupported(owned(ChownOpt.newBuilder().setGroup(id(1))), "a group without a user", "name the user too");
        unsupported(
                owned(ChownOpt.newBuilder().setUser(name("bob", 1))),
                "to look the owner \"bob\" up in another tree than the edited one",
                "give the owner by ID");
        invalid(owned(ChownOpt.newBuilder().setUser(name("", 0))), "the owner \"\" is no name: give numbers by ID");
        invalid(owned(ChownOpt.newBuilder().setUser(name("12", 0))), "the owner \"12\" is no name: give numbers by ID");
        invalid(
                owned(ChownOpt.newBuilder().setUser(name("a:b", 0))),
                "the owner \"a:b\" is no name: give numbers by ID");
        invalid(
                owned(ChownOpt.newBuilder().setUser(name("\0", 0))),
                "the name of an owner cannot hold a NUL character: \\0");
    }

    @Test
    void copiesThatCannotBeExactAreRefused() {
        unsupported(
                copy("/a*", "/b", _ -> {}),
                "a wildcard in the source of a copy",
                "copy each by its name, or their directory with include_patterns");
        unsupported(
                copy("/a", "/b", copy -> copy.setFollowSymlink(false)),
                "a copy of a link itself",
                "set followSymlink, so that what /a leads to is copied");
        unsupported(
                copy("/a", "/b", copy -> copy.setAttemptUnpackDockerCompatibility(true)),
                "to unpack archives while copying",
                "let a command unpack them");
        unsupported(
                copy("/a", "/b", copy -> copy.setDirCopyContents(false).addIncludePatterns("x")),
                "patterns for what is no contents of a directory",
                "set dirCopyContents");
        unsupported(
                copy("/a", "/b", copy -> copy.setTimestamp(0)),
                "a timestamp of a copy",
                "give -1 for that of the source");
        unsupported(
                copy("/a", "/b", copy -> copy.setModeStr("u+x")),
                "a mode in words (modeStr)",
                "give the mode as a number");
        unsupported(
                copy("/a", "/b", copy -> copy.addRequiredPaths("x")), "required_paths", "copy each of them by itself");
        unsupported(
                copy("/a", "/b", copy -> copy.setMode(01000)),
                "the mode 1000",
                "give permissions from 0 to 777 (octal)");
    }
}
