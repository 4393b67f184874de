package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.buildengine.server.exec.ContainerPaths.Place;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerPathsTest {
    @TempDir
    Path directory;

    @Test
    void linksLeadWhereTheyLeadInTheContainer() throws Exception {
        Path root = directory.resolve("root");
        Files.createDirectories(root.resolve("opt/real"));
        Files.createSymbolicLink(root.resolve("short"), Path.of("/opt/../opt/real"));
        Files.createSymbolicLink(root.resolve("outside"), Path.of("../../../etc"));
        var paths = new ContainerPaths(root);
        for (int again = 0; again < 2; again++) {
            assertThat(paths.locate("/short/file").path()).isEqualTo("/opt/real/file");
            assertThat(paths.locate("outside/passwd").path()).isEqualTo("/etc/passwd");
        }
    }

    @Test
    void whereThereAreNoLinksAPathLeadsWhereItSaysWhetherAnythingIsThereOrNot() throws Exception {
        Path root = directory.resolve("root");
        Files.createDirectories(root.resolve("d"));
        Files.writeString(root.resolve("d/file"), "f");
        Files.createSymbolicLink(root.resolve("d/dangling"), Path.of("../gone"));
        var paths = new ContainerPaths(root);

        assertThat(paths.locate("//d/./file").path()).isEqualTo("/d/file");
        assertThat(paths.locate("d/none/at/all").path()).isEqualTo("/d/none/at/all");
        assertThat(paths.locate("/d/file/below").path()).isEqualTo("/d/file/below");
        assertThat(paths.locate("/d/../d/file").path()).isEqualTo("/d/file");
        assertThat(paths.locate("/d/dangling").path()).isEqualTo("/gone");
        assertThat(paths.locate("/d/dangling/x").path()).isEqualTo("/gone/x");
        assertThat(paths.locate("/").host()).contains(root);
    }

    @Test
    void aFileIsReadOnlyWhereItWasFound() throws Exception {
        Path root = directory.resolve("root");
        Files.createDirectories(root.resolve("etc"));
        Files.writeString(root.resolve("etc/passwd"), "x".repeat(20_000));
        Files.writeString(directory.resolve("secret"), "secret");
        Place found = new ContainerPaths(root).locate("/etc/passwd");

        assertThat(ContainerPaths.read(found, 20_000).orElseThrow()).hasSize(20_000);
        assertThatThrownBy(() -> ContainerPaths.read(found, 19_999))
                .hasMessage("/etc/passwd is larger than 19999 bytes");
        assertThat(ContainerPaths.read(new ContainerPaths(root).locate("/etc"), 9))
                .isEmpty();
        assertThat(ContainerPaths.read(new ContainerPaths(root).locate("/none"), 9))
                .isEmpty();

        Files.move(root.resolve("etc"), root.resolve("etc-before"));
        Files.createDirectories(directory.resolve("elsewhere"));
        Files.writeString(directory.resolve("elsewhere/passwd"), "secret");
        Files.createSymbolicLink(root.resolve("etc"), directory.resolve("elsewhere"));
        assertThatThrownBy(() -> ContainerPaths.read(found, 20_000))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("etc/passwd: open: ");
    }

    @Test
    void whatIsMountedHidesLinksThatWereFollowedBefore() throws Exception {
        Path root = directory.resolve("root");
        Files.createDirectories(root.resolve("m"));
        Files.createSymbolicLink(root.resolve("m/x"), Path.of("/etc"));
        Path tree = directory.resolve("tree");
        Files.createDirectories(tree.resolve("x"));
        var paths = new ContainerPaths(root);
        assertThat(paths.locate("/m/x/y").path()).isEqualTo("/etc/y");

        paths.mount(paths.locate("/m"), Optional.of(tree), true);

        Place place = paths.locate("/m/x/y");
        assertThat(place.path()).isEqualTo("/m/x/y");
        assertThat(place.host()).contains(tree.resolve("x/y"));
    }
}
