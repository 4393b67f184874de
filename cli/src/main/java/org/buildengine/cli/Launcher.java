package org.buildengine.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The launcher that started this process; it passes its directory on as a system property. */
final class Launcher {
    /** Names the log of a daemon that is started on demand. */
    static final String LOG_VARIABLE = "ENGINE_LOG";

    /** What the launcher and the commands read from the environment, and no daemon does. */
    static final Set<String> VARIABLES = Set.of(
            "ENGINE_JAVA_HOME",
            "ENGINE_JAVA_OPTS",
            "ENGINE_MAX_HEAP",
            "ENGINE_REQUIRE_ARCHIVE",
            "ENGINE_MOUNT_NAMESPACE",
            LOG_VARIABLE);

    private Launcher() {}

    /** The environment as a daemon's configuration reads it. */
    static Map<String, String> configuration() {
        return System.getenv().entrySet().stream()
                .filter(entry -> !VARIABLES.contains(entry.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** The path of {@code bin/engine}. */
    static String path() {
        String home = System.getProperty("engine.home");
        if (home == null) {
            throw new IllegalStateException(
                    "start the engine with bin/engine of a distribution: engine.home is not set");
        }
        return Path.of(home, "bin", "engine").toString();
    }
}
