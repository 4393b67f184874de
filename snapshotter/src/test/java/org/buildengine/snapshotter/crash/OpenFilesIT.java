package org.buildengine.snapshotter.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that may have no more files open says so, loses nothing, and goes on when it may. */
class OpenFilesIT {
    private static final String HINT =
            "Too many open files; let the engine have more files open (LimitNOFILE of its service, or ulimit -n)";

    @TempDir
    Path root;

    @Test
    void tooManyOpenFilesAreAClearErrorAndPass() throws Exception {
        Process child = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n 256 && exec \"$@\"",
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-ea",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StarvedWriter.class.getName(),
                        root.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Map<String, String> said = new HashMap<>();
        try (var lines = child.inputReader(US_ASCII)) {
            lines.lines().forEach(line -> {
                String[] parts = line.split(": ", 2);
                said.put(parts[0], parts.length == 2 ? parts[1] : "");
            });
            assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.exitValue()).as(said.toString()).isZero();
        for (String what : new String[] {"blob", "layer", "workspace"}) {
            assertThat(said.get("starved " + what)).as(what).endsWith(HINT);
        }
        assertThat(said.get("starved layer")).contains(root.resolve("work").toString());
        // What needs no file goes on.
        assertThat(said).containsEntry("starved result", "done").containsEntry("starved found", "done");
        for (String what : new String[] {"blob", "layer", "workspace", "volume", "result", "found", "usage"}) {
            assertThat(said).containsEntry("fed " + what, "done");
        }
        // Layers that were made for no result go with the next start.
        DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults()).close();
        assertThat(StoreChecker.afterClosing(root)).isEmpty();
    }
}
