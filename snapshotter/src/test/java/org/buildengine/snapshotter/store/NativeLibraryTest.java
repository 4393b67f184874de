package org.buildengine.snapshotter.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    @TempDir
    Path directory;

    private static Object inode(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }

    /** On a full disk there is no place for another one. */
    @Test
    void copyThatIsThereIsKept() throws IOException {
        Path copy = NativeLibrary.copyTo(directory);
        Path kept = Files.createLink(directory.resolve("kept"), copy);
        NativeLibrary.copyTo(directory);
        assertThat(inode(copy)).isEqualTo(inode(kept));
    }

    @Test
    void copyThatIsNotWholeOrNotEqualIsMadeAnew() throws IOException {
        Path copy = NativeLibrary.copyTo(directory);
        byte[] whole = Files.readAllBytes(copy);
        try (FileChannel cut = FileChannel.open(copy, StandardOpenOption.WRITE)) {
            cut.truncate(whole.length - 1);
        }
        NativeLibrary.copyTo(directory);
        assertThat(copy).hasBinaryContent(whole);
        byte[] damaged = whole.clone();
        damaged[whole.length / 2] ^= 1;
        Files.write(copy, damaged);
        NativeLibrary.copyTo(directory);
        assertThat(copy).hasBinaryContent(whole);
    }
}
