package org.buildengine.snapshotter.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedFileTest {
    @TempDir
    Path directory;

    private Path program() throws IOException {
        return Files.writeString(directory.resolve("program"), "#!/bin/sh\nexit 42\n");
    }

    @Test
    void copyOutlivesItsFileAndCanBeExecuted() throws Exception {
        Path file = program();
        try (SealedFile copy = SealedFile.copyOf(file)) {
            Files.delete(file);
            Process process = new ProcessBuilder(copy.path().toString()).start();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(42);
        }
    }

    @Test
    void nobodyChangesIt() throws Exception {
        try (SealedFile copy = SealedFile.copyOf(program())) {
            assertThatThrownBy(() -> Files.writeString(copy.path(), "x", StandardOpenOption.WRITE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Operation not permitted");
            try (FileChannel channel = FileChannel.open(copy.path(), StandardOpenOption.WRITE)) {
                assertThatThrownBy(() -> channel.truncate(1)).isInstanceOf(IOException.class);
            }
            assertThat(copy.path()).hasContent("#!/bin/sh\nexit 42\n");
        }
    }

    @Test
    void goneWhenItIsClosed() throws Exception {
        SealedFile copy = SealedFile.copyOf(program());
        Path path = copy.path();
        assertThat(path).exists();
        copy.close();
        assertThat(path).doesNotExist();
    }
}
