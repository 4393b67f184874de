package org.buildengine.server.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryFilesTest {
    private static final String MACHINE =
            "MemTotal:        8000 kB\nMemFree:          100 kB\nMemAvailable:    5000 kB\n";

    @TempDir
    Path root;

    private Path proc;

    @BeforeEach
    void machine() throws IOException {
        proc = Files.createDirectories(root.resolve("proc"));
        write(proc.resolve("meminfo"), MACHINE);
        write(proc.resolve("self/cgroup"), "");
        write(proc.resolve("self/mountinfo"), "");
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private List<Memory> read() throws IOException {
        try (MemoryFiles files = MemoryFiles.open(proc, root)) {
            return files.read();
        }
    }

    private void groupOfVersionTwo(String path, String limit, long used, long files) throws IOException {
        Path group = root.resolve("sys/fs/cgroup").resolve(path);
        write(group.resolve("memory.max"), limit + "\n");
        write(group.resolve("memory.current"), used + "\n");
        write(
                group.resolve("memory.stat"),
                "anon 1\ninactive_file " + files + "\nactive_file 20\nslab_reclaimable 3\nslab_unreclaimable 7\n");
    }

    @Test
    void thisMachineSaysWhatItHas() throws Exception {
        try (MemoryFiles files = MemoryFiles.open(Path.of("/proc"), Path.of("/"))) {
            List<Memory> all = files.read();
            assertThat(all.getFirst().where()).isEqualTo("of the machine");
            long total = Files.readAllLines(Path.of("/proc/meminfo")).stream()
                    .filter(line -> line.startsWith("MemTotal:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
            assertThat(all.getFirst().total()).isEqualTo(1024 * total);
            assertThat(all).allSatisfy(memory -> assertThat(memory.available()).isBetween(1L, memory.total()));
            assertThat(files.read())
                    .extracting(Memory::where)
                    .isEqualTo(all.stream().map(Memory::where).toList());
        }
    }

    @Test
    void machineWithoutLimitsIsAll() throws Exception {
        assertThat(read()).containsExactly(new Memory("of the machine", 5000 * 1024, 8000 * 1024));
    }

    @Test
    void limitsOfVersionTwoAreReadFromTheOwnGroupUpwards() throws Exception {
        write(proc.resolve("self/cgroup"), "0::/a/b\n");
        write(
                proc.resolve("self/mountinfo"),
                "26 1 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
        groupOfVersionTwo("a/b", "max", 900, 100);
        groupOfVersionTwo("a", "1000", 900, 100);
        groupOfVersionTwo("other", "10", 10, 0);
        assertThat(read())
                .containsExactly(
                        new Memory("of the machine", 5000 * 1024, 8000 * 1024), new Memory("of cgroup /a", 223, 1000));
    }

    @Test
    void limitOfAContainerIsThatOfTheTopOfItsNamespace() throws Exception {
        write(proc.resolve("self/cgroup"), "0::/\n");
        write(proc.resolve("self/mountinfo"), "26 1 0:22 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
        groupOfVersionTwo("", "2000", 500, 0);
        assertThat(read()).contains(new Memory("of cgroup /", 1523, 2000));
    }

    @Test
    void limitsOfVersionOneAreReadWhereAPartOfTheHierarchyIsMounted() throws Exception {
        write(proc.resolve("self/cgroup"), "5:devices:/docker/x\n4:cpu,memory:/docker/x/daemon\n0::/docker/x\n");
        write(proc.resolve("self/mountinfo"), """
                35 31 0:32 /docker/x /sys/fs/cgroup/memory rw - cgroup cgroup rw,cpu,memory
                36 31 0:33 /docker/x /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices
                """);
        Path group = root.resolve("sys/fs/cgroup/memory");
        for (Path each : List.of(group, group.resolve("daemon"))) {
            boolean limited = each.equals(group);
            write(each.resolve("memory.limit_in_bytes"), limited ? "4000\n" : "9223372036854771712\n");
            write(each.resolve("memory.usage_in_bytes"), "3500\n");
            write(each.resolve("memory.stat"), "cache 9\ntotal_inactive_file 1000\ntotal_active_file 500\n");
        }
        assertThat(read()).hasSize(2).contains(new Memory("of cgroup /", 2000, 4000));
    }

    @Test
    void whatIsReadLaterIsWhatHoldsThen() throws Exception {
        try (MemoryFiles files = MemoryFiles.open(proc, root)) {
            assertThat(files.read().getFirst().available()).isEqualTo(5000 * 1024);
            write(proc.resolve("meminfo"), MACHINE.replace("5000", "4000"));
            assertThat(files.read().getFirst().available()).isEqualTo(4000 * 1024);
        }
    }

    @Test
    void kernelThatDoesNotSayIsAFailure() throws Exception {
        write(proc.resolve("meminfo"), "MemTotal: 8000 kB\n");
        assertThatThrownBy(this::read)
                .isInstanceOf(IOException.class)
                .hasMessage("the kernel does not say MemAvailable:");
    }
}
