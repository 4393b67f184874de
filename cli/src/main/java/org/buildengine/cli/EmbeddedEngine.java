package org.buildengine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.buildengine.client.EngineAddress;
import org.buildengine.server.Server;
import org.buildengine.server.config.ConfigException;
import org.buildengine.server.config.EngineConfig;
import org.jspecify.annotations.Nullable;

/**
 * An engine in this virtual machine, for one command, on the machine's own store. The launcher put us into a mount namespace
 * of our own, so that the engine's mounts go when we go; the user's program belongs outside it, where the user's mounts are.
 */
final class EmbeddedEngine implements EngineChoice {
    private @Nullable Server server;
    private @Nullable Path directory;

    static EngineChoice choice() {
        return new EmbeddedEngine();
    }

    @Override
    public synchronized EngineAddress address() throws IOException {
        Logging.onlyWarnings();
        Path made = Files.createTempDirectory("engine-");
        directory = made;
        EngineAddress address = new EngineAddress.Unix(made.resolve("engine.sock"));
        try {
            EngineConfig config = EngineConfig.sources()
                    .environment(Launcher.configuration())
                    .flags(Map.of("listen", List.of(address.toString())))
                    .build();
            server = Daemons.here().start(config);
        } catch (ConfigException e) {
            throw new IOException("the embedded engine cannot be configured", e);
        }
        return address;
    }

    @Override
    public synchronized void close() {
        if (server != null) {
            server.close();
            server = null;
        }
        if (directory != null) {
            try {
                Files.deleteIfExists(directory.resolve("engine.sock"));
                Files.deleteIfExists(directory);
            } catch (IOException e) {
                System.getLogger(EmbeddedEngine.class.getName())
                        .log(System.Logger.Level.DEBUG, "the directory of the embedded engine stays", e);
            }
            directory = null;
        }
    }

    /** By way of {@code nsenter}, in the mount namespace of whoever called the launcher. */
    @Override
    public List<String> outside(List<String> command, Path workdir) {
        String descriptor = System.getenv("ENGINE_MOUNT_NAMESPACE");
        if (descriptor == null) {
            return command;
        }
        List<String> outside = new ArrayList<>(List.of(
                "nsenter",
                "--mount=/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor,
                "--wdns=" + workdir,
                "--"));
        outside.addAll(command);
        return outside;
    }
}
