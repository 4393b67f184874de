import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Lays out the distribution: {@code Distribution CLI_JAR LIBRARIES SOURCES TARGET}. Makes one jar of all, without the
 * native code of other systems, copies the launcher and the service's unit, and records the start-up archives with the JDK
 * that runs this.
 */
final class Distribution {
    private final Path target;

    private Distribution(Path target) {
        this.target = target;
    }

    public static void main(String[] args) throws Exception {
        Distribution distribution = new Distribution(Path.of(args[3]));
        distribution.clear();
        var jar = new LibraryJar();
        jar.add(Path.of(args[0]), kept(Path.of(args[0])));
        try (Stream<Path> libraries = Files.list(Path.of(args[1]))) {
            for (Path library : libraries.sorted().toList()) {
                jar.add(library, kept(library));
            }
        }
        jar.write(distribution.target.resolve("lib/engine.jar"));
        distribution.copyLauncher(Path.of(args[2]));
        distribution.copyUnit(Path.of(args[2]));
        new StartupArchives(distribution.target, Path.of(System.getProperty("java.home")))
                .record(distribution.target.resolveSibling("train-startup.log"));
    }

    private void clear() throws IOException {
        Trees.remove(target);
        Files.createDirectories(target.resolve("lib"));
        Files.createDirectories(target.resolve("bin"));
    }

    private static Predicate<String> kept(Path jar) {
        String name = jar.getFileName().toString();
        if (name.startsWith("rocksdbjni-")) {
            return entry -> !isNative(entry)
                    || entry.equals("librocksdbjni-linux64.so")
                    || entry.equals("librocksdbjni-linux-aarch64.so");
        }
        if (name.startsWith("zstd-jni-")) {
            return entry -> !isNative(entry) || entry.startsWith("linux/amd64/") || entry.startsWith("linux/aarch64/");
        }
        return entry -> true;
    }

    private static boolean isNative(String entry) {
        return entry.endsWith(".so") || entry.endsWith(".dll") || entry.endsWith(".jnilib") || entry.endsWith(".dylib");
    }

    private void copyLauncher(Path sources) throws IOException {
        Path launcher = target.resolve("bin/engine");
        Files.copy(sources.resolve("bin/engine"), launcher, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(target.resolve("lib/jdk"), System.getProperty("java.home") + "\n");
    }

    private void copyUnit(Path sources) throws IOException {
        Path unit = Path.of("systemd/build-engine.service");
        Path copy = target.resolve("lib").resolve(unit);
        Files.createDirectories(copy.getParent());
        Files.copy(sources.resolve(unit), copy, StandardCopyOption.REPLACE_EXISTING);
    }
}
