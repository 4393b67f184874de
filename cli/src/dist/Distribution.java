import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Lays out the distribution: {@code Distribution CLI_JAR LIBRARIES SOURCES TARGET}. Copies the jars without the native
 * code of other systems, copies the launcher, and trains the clients' start-up archive with the JDK that runs this.
 */
final class Distribution {
    private final Path target;

    private Distribution(Path target) {
        this.target = target;
    }

    public static void main(String[] args) throws Exception {
        Distribution distribution = new Distribution(Path.of(args[3]));
        distribution.clear();
        distribution.copyJar(Path.of(args[0]));
        try (Stream<Path> libraries = Files.list(Path.of(args[1]))) {
            for (Path library : libraries.sorted().toList()) {
                distribution.copyJar(library);
            }
        }
        distribution.copyLauncher(Path.of(args[2]));
        distribution.train();
    }

    private void clear() throws IOException {
        if (Files.exists(target)) {
            Files.walkFileTree(target, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, IOException failure) throws IOException {
                    Files.delete(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        Files.createDirectories(target.resolve("lib"));
        Files.createDirectories(target.resolve("bin"));
    }

    private void copyJar(Path jar) throws IOException {
        String name = jar.getFileName().toString();
        Path copy = target.resolve("lib").resolve(name);
        if (name.startsWith("rocksdbjni-")) {
            strip(
                    jar,
                    copy,
                    entry -> !isNative(entry)
                            || entry.equals("librocksdbjni-linux64.so")
                            || entry.equals("librocksdbjni-linux-aarch64.so"));
        } else if (name.startsWith("zstd-jni-")) {
            strip(
                    jar,
                    copy,
                    entry ->
                            !isNative(entry) || entry.startsWith("linux/amd64/") || entry.startsWith("linux/aarch64/"));
        } else {
            Files.copy(jar, copy, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static boolean isNative(String entry) {
        return entry.endsWith(".so") || entry.endsWith(".dll") || entry.endsWith(".jnilib") || entry.endsWith(".dylib");
    }

    private static void strip(Path jar, Path copy, Predicate<String> kept) throws IOException {
        try (InputStream in = Files.newInputStream(jar);
                ZipInputStream entries = new ZipInputStream(in);
                OutputStream out = Files.newOutputStream(copy);
                ZipOutputStream stripped = new ZipOutputStream(out)) {
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                if (kept.test(entry.getName())) {
                    ZipEntry same = new ZipEntry(entry.getName());
                    same.setTime(entry.getTime());
                    stripped.putNextEntry(same);
                    entries.transferTo(stripped);
                    stripped.closeEntry();
                }
            }
        }
    }

    private void copyLauncher(Path sources) throws IOException {
        Path launcher = target.resolve("bin/engine");
        Files.copy(sources.resolve("bin/engine"), launcher, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(target.resolve("lib/jdk"), System.getProperty("java.home") + "\n");
    }

    /** A launcher without its archive works too, only slower: failing to train is said, and fails nothing else. */
    private void train() throws IOException, InterruptedException {
        Path archive = target.resolve("lib/client.aot");
        ProcessBuilder builder =
                new ProcessBuilder(List.of(target.resolve("bin/engine").toString(), "train-startup"));
        builder.environment().put("ENGINE_JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ENGINE_JAVA_OPTS", "-XX:AOTCacheOutput=" + archive);
        Path log = target.resolveSibling("train-startup.log");
        Process process =
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        if (!Files.exists(archive)) {
            System.err.println("no start-up archive was made; commands start slower. See " + log);
        }
    }
}
