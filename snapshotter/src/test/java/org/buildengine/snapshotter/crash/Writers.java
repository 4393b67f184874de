package org.buildengine.snapshotter.crash;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts {@link DyingWriter}s. */
final class Writers {
    private Writers() {}

    /** One over the store at {@code root}; the rest of its arguments follow. */
    static Process start(Path root, String... arguments) throws IOException {
        return startWith(System.getProperty("java.class.path"), root, arguments);
    }

    /** The same with other classes. */
    static Process startWith(String classes, Path root, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-ea",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classes,
                DyingWriter.class.getName(),
                root.toString()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
