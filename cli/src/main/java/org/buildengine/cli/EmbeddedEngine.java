package org.buildengine.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * An engine in this virtual machine, for one command. The launcher put us into a mount namespace of our own, so that the
 * engine's mounts go when we go; the user's program belongs outside it, where the user's mounts are.
 */
final class EmbeddedEngine {
    private EmbeddedEngine() {}

    static EngineChoice choice() {
        return new EngineChoice.Shared(() -> {
            throw new IOException("this build has no embedded engine");
        });
    }

    /**
     * A command that runs in the mount namespace of whoever called the launcher, in the same directory.
     *
     * @param command the program and its arguments
     * @return the program started by way of {@code nsenter}
     */
    static List<String> outside(List<String> command) {
        String descriptor = System.getenv("ENGINE_MOUNT_NAMESPACE");
        if (descriptor == null) {
            return command;
        }
        List<String> outside = new ArrayList<>(List.of(
                "nsenter",
                "--mount=/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor,
                "--wdns=" + System.getProperty("user.dir"),
                "--"));
        outside.addAll(command);
        return outside;
    }
}
