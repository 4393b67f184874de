package org.buildengine.server.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryKillsTest {
    @TempDir
    Path root;

    private Path proc;
    private Path above;
    private Path group;

    @BeforeEach
    void machine() throws IOException {
        proc = Files.createDirectories(root.resolve("proc"));
        Files.createDirectories(proc.resolve("self"));
        above = root.resolve("cgroup/memory/engine");
        group = above.resolve("daemon");
        Files.createDirectories(group);
        Files.writeString(proc.resolve("self/cgroup"), "3:memory:/engine/daemon\n0::/\n");
        Files.writeString(proc.resolve("self/mountinfo"), "30 24 0:27 / /cgroup/memory rw - cgroup cgroup rw,memory\n");
        Files.writeString(group.resolve("memory.max_usage_in_bytes"), "1048576\n");
        Files.writeString(group.resolve("memory.limit_in_bytes"), "9223372036854771712\n");
        Files.writeString(above.resolve("memory.limit_in_bytes"), "2097152\n");
        kills(4, 9);
    }

    private void kills(int inGroup, int onMachine) throws IOException {
        Files.writeString(
                group.resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill " + inGroup + "\n");
        Files.writeString(proc.resolve("vmstat"), "nr_free_pages 1\noom_kill " + onMachine + "\n");
    }

    @Test
    void whatTheKernelEndedInTheDaemonsCgroupIsToldWithNumbers() throws Exception {
        try (MemoryKills kills = MemoryKills.open(proc, root)) {
            long before = kills.count();
            assertThat(before).isEqualTo(4);
            assertThat(kills.since(before)).isEmpty();
            kills(6, 11);
            assertThat(kills.since(before))
                    .isEqualTo(
                            " (out of memory: while it ran, the kernel ended 2 processes of the engine and its steps;"
                                    + " they took 1048576 bytes at most and may take 2097152)");
        }
    }

    @Test
    void withoutALimitThereIsNoneToTell() throws Exception {
        Files.delete(above.resolve("memory.limit_in_bytes"));
        try (MemoryKills kills = MemoryKills.open(proc, root)) {
            long before = kills.count();
            kills(5, 10);
            assertThat(kills.since(before)).endsWith("they took 1048576 bytes at most)");
        }
    }

    @Test
    void machineCountsWhereNoCgroupDoes() throws Exception {
        Files.writeString(proc.resolve("self/cgroup"), "0::/\n");
        try (MemoryKills kills = MemoryKills.open(proc, root)) {
            long before = kills.count();
            kills(4, 10);
            assertThat(kills.since(before))
                    .isEqualTo(" (out of memory: while it ran, the kernel ended 1 process of this machine)");
        }
    }

    @Test
    void kernelThatDoesNotCountIsNotGuessedAt() throws Exception {
        Files.writeString(proc.resolve("vmstat"), "nr_free_pages 1\n");
        try (MemoryKills kills = MemoryKills.open(proc, root)) {
            assertThat(kills.since(kills.count())).isEmpty();
        }
    }

    @Test
    void thisMachineCounts() throws Exception {
        try (MemoryKills kills = MemoryKills.open()) {
            assertThat(kills.since(kills.count())).isEmpty();
        }
    }
}
