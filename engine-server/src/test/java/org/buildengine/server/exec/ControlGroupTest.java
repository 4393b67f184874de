package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlGroupTest {
    @TempDir
    Path directory;

    private void kernelSays(String file, String text) throws IOException {
        Files.writeString(directory.resolve(file), text);
    }

    private String note() {
        return new ControlGroup(directory).memoryNote();
    }

    @Test
    void wantOfMemoryIsSaidWithItsNumbers() throws Exception {
        kernelSays("memory.events", "low 0\nhigh 0\nmax 31\noom 2\noom_kill 2\noom_group_kill 0\n");
        kernelSays("memory.peak", "536870912\n");
        kernelSays("memory.max", "536870912\n");

        assertThat(note())
                .isEqualTo(" (out of memory: the kernel ended 2 of its processes; it took 536870912 bytes at most;"
                        + " it may take 536870912 bytes at most)");
    }

    @Test
    void wantOfMemoryOfTheWholeHostHasNoLimit() throws Exception {
        kernelSays("memory.events", "oom_kill 1\n");
        kernelSays("memory.max", "max\n");

        assertThat(note()).isEqualTo(" (out of memory: the kernel ended 1 of its processes)");
    }

    @Test
    void nothingIsSaidOfOtherKillsNorWhereTheKernelTellsNothing() throws Exception {
        assertThat(note()).isEmpty();

        kernelSays("memory.events", "low 0\noom 0\noom_kill 0\n");

        assertThat(note()).isEmpty();
    }
}
