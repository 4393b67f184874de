package org.buildengine.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.buildengine.client.EngineAddress;

/**
 * The engine that a command works with: the one that {@code ENGINE_HOST} names, or the machine's own, which is started when
 * nobody listens.
 */
interface EngineChoice extends AutoCloseable {
    /** Names an engine of the user's own. */
    String VARIABLE = "ENGINE_HOST";

    /**
     * Makes sure that an engine listens.
     *
     * @return where
     * @throws IOException if it cannot be started; the message says why
     */
    EngineAddress address() throws IOException;

    /**
     * A command that runs where the caller's mounts are, and not those that the engine makes.
     *
     * @param command the program and its arguments
     * @param workdir where it runs
     * @return the command to start in its place
     */
    List<String> outside(List<String> command, Path workdir);

    /** Gives up what the choice started for this command only. */
    @Override
    void close();

    /**
     * The engine that the environment asks for.
     *
     * @param environment the environment of this process
     * @return the choice
     * @throws IllegalArgumentException if {@code ENGINE_HOST} or {@code ENGINE_LISTEN} is no address
     */
    static EngineChoice from(Map<String, String> environment) {
        String named = environment.getOrDefault(VARIABLE, "");
        return named.isEmpty()
                ? new Shared(LocalDaemon.of(environment)::ensure)
                : new Shared(constant(EngineAddress.parse(named)));
    }

    private static Shared.Finder constant(EngineAddress address) {
        return () -> address;
    }

    /**
     * An engine that outlives the command.
     *
     * @param finder finds it, or starts it
     */
    record Shared(Finder finder) implements EngineChoice {
        /** Finds an engine. */
        @FunctionalInterface
        interface Finder {
            EngineAddress find() throws IOException;
        }

        @Override
        public EngineAddress address() throws IOException {
            return finder.find();
        }

        @Override
        public List<String> outside(List<String> command, Path workdir) {
            return command;
        }

        @Override
        public void close() {
            // It serves others.
        }
    }
}
