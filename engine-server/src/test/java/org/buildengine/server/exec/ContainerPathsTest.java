package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;

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
