package org.buildengine.server.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.OptionalInt;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.InputRef;
import org.junit.jupiter.api.Test;

class FileEditsTest {
    private static FileAction.WriteFile write(String path) {
        return new FileAction.WriteFile(path, "x", 0644, Optional.empty());
    }

    private static FileAction.Copy file(String source, String destination) {
        return DirectoryFields.fileCopy(
                new File(FileEdits.EMPTY, "", source, source), destination, Optional.empty(), OptionalInt.empty());
    }

    @Test
    void editsInARowAreOneOperationOnTheOriginalTree() {
        InputRef tree = FileEdits.EMPTY;
        for (int i = 0; i < 10; i++) {
            tree = FileEdits.edit(tree, write("/" + i));
        }
        InputRef source = FileEdits.edit(FileEdits.EMPTY, write("/source"));

        InputRef copied =
                FileEdits.copy(FileEdits.copy(tree, source, file("source", "/a")), source, file("source", "/b"));

        assertThat(((FileOp) copied.vertex().op()).actions()).hasSize(12);
        assertThat(copied.vertex().inputs()).containsExactly(FileEdits.EMPTY, source);
    }

    @Test
    void anOperationThatCopiesDirectoriesIsNotRepeated() {
        InputRef source = FileEdits.edit(FileEdits.EMPTY, write("/d/f"));
        InputRef tree = FileEdits.copy(FileEdits.EMPTY, source, FileEdits.directoryCopy("/d", "/e"));

        InputRef edited = FileEdits.edit(tree, write("/g"));

        assertThat(edited.vertex().inputs()).containsExactly(tree);
        assertThat(((FileOp) edited.vertex().op()).actions()).containsExactly(write("/g"));
    }

    @Test
    void longChainsAreCutSoThatOneMoreEditStaysCheap() {
        InputRef tree = FileEdits.EMPTY;
        for (int i = 0; i < 300; i++) {
            tree = FileEdits.edit(tree, write("/" + i));
        }

        assertThat(((FileOp) tree.vertex().op()).actions()).hasSize(300 - 2 * 128);
    }
}
