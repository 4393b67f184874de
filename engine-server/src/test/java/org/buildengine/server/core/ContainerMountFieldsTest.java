package org.buildengine.server.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerMountFieldsTest {
    private final CoreDoor door = new CoreDoor();

    private String mountedAt(String target) throws InterruptedException {
        return door.ask("{ container { withMountedTemp(path: \"" + target + "\") { mounts } } }");
    }

    @Test
    void theRootIsNotMountedOver() throws Exception {
        assertThat(mountedAt("/x/.."))
                .contains("nothing can be mounted at /: use withRootfs to replace the root file system")
                .contains("INVALID_ARGUMENT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev", "/dev/", "/a/../dev", "/proc", "/proc/self/attr"})
    void whatTheContainerNeedsOfItsOwnIsNotMountedOver(String target) throws Exception {
        assertThat(mountedAt(target))
                .contains(": the container needs its own /dev and /proc; mount below /dev, or elsewhere")
                .contains("INVALID_ARGUMENT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev/shm", "/devices", "/process"})
    void whatLiesBesideIsMounted(String target) throws Exception {
        assertThat(mountedAt(target)).contains("\"mounts\":[\"" + target + "\"]");
    }
}
