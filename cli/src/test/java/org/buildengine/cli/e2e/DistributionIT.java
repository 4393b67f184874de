package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The one jar that the distribution makes of all libraries. */
class DistributionIT {
    private static final Path JAR = Path.of(System.getProperty("engine.distribution"), "lib/engine.jar");

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @Test
    void servicesOfSeveralLibrariesStandTogether() throws IOException {
        assertThat(text("META-INF/services/io.grpc.LoadBalancerProvider").lines())
                .contains("io.grpc.internal.PickFirstLoadBalancerProvider")
                .anyMatch(provider -> provider.startsWith("io.grpc.protobuf.services."))
                .anyMatch(provider -> provider.startsWith("io.grpc.util."))
                .doesNotHaveDuplicates();
    }

    @Test
    void librariesAreNamedAndKeepTheirLicences() throws IOException {
        List<String> libraries = text("META-INF/libraries").lines().toList();

        assertThat(libraries).isSorted().anyMatch(library -> library.startsWith("session-"));
        for (String artifact : List.of("jackson-core-", "jackson-databind-")) {
            String library = libraries.stream()
                    .filter(name -> name.startsWith(artifact))
                    .findFirst()
                    .orElseThrow();
            assertThat(text("META-INF/licenses/" + library + "/LICENSE")).contains("Apache License");
            assertThat(text("META-INF/licenses/" + library + "/NOTICE")).contains("Jackson");
        }
    }

    @Test
    void classesOfNewerReleasesAreFoundAndWhatIsForOneJarIsNotKept() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertThat(jar.isMultiRelease()).isTrue();
            assertThat(jar.stream().map(ZipEntry::getName))
                    .anyMatch(name -> name.startsWith("META-INF/versions/") && name.endsWith(".class"))
                    .contains("librocksdbjni-linux64.so", "META-INF/io.netty.versions.properties")
                    .noneMatch(name -> name.endsWith("module-info.class"))
                    .noneMatch(name -> name.matches("META-INF/[^/]*\\.(SF|RSA|DSA|EC|LIST)"))
                    .noneMatch(name -> name.endsWith(".dll") || name.endsWith(".jnilib") || name.endsWith("s390x.so"));
        }
    }

    @Test
    void librariesThatDisagreeAreRefused() throws IOException, InterruptedException {
        Path libraries = Files.createDirectories(directory.resolve("libraries"));
        Path own = jar(directory.resolve("own-1.jar"), "own/Main.class");
        jar(libraries.resolve("one-1.jar"), "shared/Thing.class");
        jar(libraries.resolve("two-2.jar"), "shared/Thing.class");
        Path sources = Path.of(System.getProperty("engine.programs"), "../../dist");

        Finished refused = Running.start(
                        directory,
                        directory,
                        Map.of(),
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/java")
                                        .toString(),
                                sources.resolve("Distribution.java").toString(),
                                own.toString(),
                                libraries.toString(),
                                sources.toString(),
                                directory.resolve("engine").toString()))
                .finish();

        assertThat(refused.code()).isOne();
        assertThat(refused.err()).contains("shared/Thing.class is in both one-1 and two-2");
    }

    private static Path jar(Path file, String entry) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(out)) {
            jar.putNextEntry(new ZipEntry(entry));
        }
        return file;
    }

    private static String text(String entry) throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            return new String(jar.getInputStream(jar.getEntry(entry)).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
