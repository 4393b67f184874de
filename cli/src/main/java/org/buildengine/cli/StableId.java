package org.buildengine.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/** An id that stays the same for a user on a machine: under it the engine keeps its copy of our files. */
final class StableId {
    private StableId() {}

    /**
     * Reads the id, or makes it. A home that cannot be written to costs the engine its copy and nothing else.
     *
     * @param environment the environment of this process
     * @return the id
     */
    static String of(Map<String, String> environment) {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        Path directory = state.isEmpty()
                ? Path.of(environment.getOrDefault("HOME", "/root"), ".local", "state")
                : Path.of(state);
        Path file = directory.resolve("build-engine").resolve("stable_client_id");
        try {
            if (Files.exists(file)) {
                String known = Files.readString(file, StandardCharsets.UTF_8).strip();
                if (!known.isEmpty()) {
                    return known;
                }
            }
            String made = UUID.randomUUID().toString();
            Files.createDirectories(file.getParent());
            Files.writeString(file, made + "\n", StandardCharsets.UTF_8);
            return made;
        } catch (IOException e) {
            System.getLogger(StableId.class.getName())
                    .log(System.Logger.Level.DEBUG, "no id is kept for this user in " + file, e);
            return UUID.randomUUID().toString();
        }
    }
}
