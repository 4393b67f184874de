package org.buildengine.cli;

import java.nio.file.Path;
import java.util.Set;

/** The launcher that started this process; it passes its directory on as a system property. */
final class Launcher {
    /** What the launcher itself reads from the environment. */
    static final Set<String> VARIABLES =
            Set.of("ENGINE_JAVA_HOME", "ENGINE_JAVA_OPTS", "ENGINE_MAX_HEAP", "ENGINE_MOUNT_NAMESPACE");

    private Launcher() {}

    /** The path of {@code bin/engine}. */
    static String path() {
        String home = System.getProperty("engine.home");
        if (home == null) {
            throw new IllegalStateException("start the engine with bin/engine of a distribution: engine.home is not set");
        }
        return Path.of(home, "bin", "engine").toString();
    }
}
