package org.buildengine.snapshotter.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelFileTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8191, 8192, 8193, 60_000})
    void aFileIsReadWhole(int length, @TempDir Path directory) throws IOException {
        Path path = Files.writeString(directory.resolve("file"), "x".repeat(length));
        try (KernelFile file = KernelFile.open(path)) {
            assertThat(file.text()).hasSize(length);
            assertThat(file.text()).hasSize(length);
        }
    }

    @Test
    void itSaysWhatIsTrueNow() throws IOException {
        try (KernelFile file = KernelFile.open(Path.of("/proc/self/statm"))) {
            assertThat(file.text()).matches("(\\d+ ?)+\n");
        }
    }
}
