package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.buildengine.client.QueryException;
import org.buildengine.snapshotter.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image of the daemon that the build makes, in a container like Docker's privileged ones. */
class ImageIT {
    private static final ImageLayout IMAGE = new ImageLayout(Path.of(System.getProperty("engine.image")));
    private static final String ROOT = "/var/lib/build-engine";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    /** By runc, as Docker does: crun starts no container where the host mixes both versions of cgroups. */
    @Test
    void daemonInAContainerRunsAPipelineAndLeavesNothing() throws IOException, InterruptedException, QueryException {
        Path sockets = Files.createDirectory(directory.resolve("sockets"));
        Path store = Files.createDirectory(directory.resolve("store"));
        Path user = Files.createDirectories(directory.resolve("user/rootfs/bin"));
        Files.copy(Path.of("/bin/busybox"), user.resolve("sh"), StandardCopyOption.COPY_ATTRIBUTES);
        List<Path> groups = cgroups();

        try (PrivilegedContainer container = PrivilegedContainer.start(
                Files.createDirectory(directory.resolve("bundle")),
                "runc",
                IMAGE,
                Map.of(sockets, "/run/build-engine", store, ROOT),
                List.of("ENGINE_REQUIRE_ARCHIVE=1"))) {
            Running daemon = container.process();
            await().atMost(Running.PATIENCE)
                    .until(() -> !daemon.alive() || daemon.out().contains("listening on"));
            assertThat(daemon.alive()).as(daemon.err()).isTrue();

            try (Client client = Client.open("unix://" + sockets.resolve("engine.sock"), directory.resolve("user"))) {
                String rootfs = client.ask("host { directory(path:\"rootfs\") { id");
                String step =
                        "container { withRootfs(directory:\"" + rootfs + "\") { withExec(args:[\"/bin/sh\", \"-c\","
                                + " \"echo one network: $(cat /proc/net/dev | grep -c eth0)\"]) {";
                assertThat(client.ask(step + " stdout")).isEqualTo("one network: 1\n");
            }
            assertThat(container.exec("engine", "version").succeeded().out()).startsWith("build-engine ");
            Finished doctor = container.exec("engine", "doctor").succeeded();
            assertThat(doctor.out()).contains("This machine can run an engine.").doesNotContain("FAILS", "MISSING");
            assertThat(doctor.err()).isEmpty();

            container.signal("TERM");
            Finished ended = daemon.finish(Duration.ofSeconds(45)).succeeded();
            assertThat(ended.err()).contains("stopping: a signal asks for it").doesNotContain("WARN", "Exception");
        }

        assertThat(sockets).isEmptyDirectory();
        assertThat(cgroups()).isSubsetOf(groups);
        assertThat(mountsBelow(directory)).isEmpty();
    }

    /** Those of a daemon with the usual root; one that does not run in a container may have some too. */
    private static List<Path> cgroups() throws IOException {
        String id = Digest.of(ROOT).hex().substring(0, 12);
        var found = new ArrayList<Path>();
        try (Stream<Path> hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
            for (Path hierarchy : hierarchies.sorted().toList()) {
                if (Files.exists(hierarchy.resolve("build-engine").resolve(id))) {
                    found.add(hierarchy);
                }
            }
        }
        return found;
    }

    private static List<String> mountsBelow(Path directory) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .filter(line -> line.contains(directory.toString()))
                .toList();
    }

    @Test
    void imageSaysHowTheDaemonIsRun() throws IOException {
        JsonNode config = IMAGE.configuration().get("config");

        assertThat(config.get("Volumes").has(ROOT)).isTrue();
        assertThat(config.get("StopSignal").asText()).isEqualTo("SIGTERM");
        assertThat(IMAGE.configuration().get("architecture").asText())
                .isEqualTo(System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64");
    }

    /** What {@code docker load} goes by where it does not know the layout. */
    @Test
    void listForOlderDockersNamesTheSameBlobs() throws IOException {
        JsonNode list = new JsonMapper()
                .readTree(IMAGE.directory().resolve("manifest.json").toFile())
                .get(0);

        assertThat(list.get("RepoTags").get(0).asText()).startsWith("build-engine:");
        assertThat(IMAGE.directory().resolve(list.get("Config").asText()))
                .hasFileName(IMAGE.manifest().at("/config/digest").asText().substring("sha256:".length()));
        var layers = new ArrayList<Path>();
        list.get("Layers").forEach(layer -> layers.add(IMAGE.directory().resolve(layer.asText())));
        assertThat(layers).isEqualTo(IMAGE.layers());
    }

    @Test
    void everythingInItBelongsToRootAndIsOfTheTimeOfTheBuild() throws IOException, InterruptedException {
        String created =
                IMAGE.configuration().get("created").asText().replace('T', ' ').replace("Z", "");
        for (Path layer : IMAGE.layers()) {
            Finished list = Running.start(
                            directory,
                            directory,
                            Map.of("TZ", "UTC"),
                            List.of("tar", "-tvzf", layer.toString(), "--numeric-owner", "--full-time"))
                    .finish()
                    .succeeded();
            assertThat(list.out().lines())
                    .isNotEmpty()
                    .allMatch(line -> line.matches("\\S+ +0/0 .* " + created + " .*"));
        }
    }

    @Test
    void packagesOfTheMachineAreNamedWithTheirLicences() throws IOException, InterruptedException {
        Path root = Files.createDirectory(directory.resolve("root"));
        ImageLayout.unpack(IMAGE.layers().getFirst(), directory, root);

        for (String name : List.of("libc6", "tini", "busybox-static")) {
            assertThat(root.resolve("var/lib/dpkg/status.d/" + name))
                    .content()
                    .contains("Package: " + name, "\nVersion: ");
            assertThat(root.resolve("usr/share/doc/" + name + "/copyright")).isNotEmptyFile();
        }
    }
}
