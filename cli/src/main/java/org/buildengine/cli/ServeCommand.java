package org.buildengine.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.buildengine.server.Server;
import org.buildengine.server.config.ConfigException;
import org.buildengine.server.config.ConfigKey;
import org.buildengine.server.config.ConfigSources;
import org.buildengine.server.config.EngineConfig;
import org.buildengine.server.config.ListenAddress;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code engine serve}: the daemon. Prints the configuration that it works with on standard error, and one line on standard
 * output when it listens, which is how {@link LocalDaemon} knows; a {@link ServiceManager} is told. SIGTERM drains it.
 */
@Command(
        name = "serve",
        description = "Runs the engine's daemon until it is told to stop.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ServeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--config", paramLabel = "FILE", description = "Read the configuration from a JSON file.")
    private @Nullable Path file;

    /** Adds an option for each key of the configuration, so that help and suggestions know them all. */
    static void addOptions(CommandSpec serve) {
        for (ConfigKey key : ConfigKey.values()) {
            OptionSpec.Builder option =
                    OptionSpec.builder("--" + key.key()).description(key.help() + ". Also: " + key.variable());
            switch (key.kind()) {
                case FLAG -> option.type(boolean.class).arity("0");
                case TEXT, NUMBER ->
                    option.type(String.class).paramLabel("VALUE").arity("1");
                case LIST ->
                    option.type(List.class)
                            .auxiliaryTypes(String.class)
                            .paramLabel("VALUE")
                            .arity("1");
            }
            serve.addOption(option.build());
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        EngineConfig config;
        try {
            config = configuration();
        } catch (ConfigException e) {
            System.err.println("engine: " + e.getMessage());
            return 2;
        }
        System.err.print(config.effective());
        Server server = Daemons.here().start(config);
        ServiceManager manager = ServiceManager.of(System.getenv());
        CountDownLatch drained = new CountDownLatch(1);
        try (OnSignal _ = OnSignal.then(() -> {
            server.requestStop("a signal asks for it");
            awaitQuietly(drained);
            return 0;
        })) {
            try (server) {
                System.out.println(server.addresses().stream()
                        .map(ListenAddress::text)
                        .collect(Collectors.joining(" ", "listening on ", "")));
                System.out.flush();
                manager.ready();
                String reason = server.stopRequest().join();
                manager.stopping(reason);
                System.err.println("engine: stopping: " + reason);
            } finally {
                drained.countDown();
            }
        }
        return 0;
    }

    private EngineConfig configuration() throws ConfigException {
        ConfigSources sources = EngineConfig.sources();
        if (file != null) {
            sources.file(file);
        }
        return sources.environment(Launcher.configuration()).flags(flags()).build();
    }

    private Map<String, List<String>> flags() {
        Map<String, List<String>> flags = new LinkedHashMap<>();
        for (ConfigKey key : ConfigKey.values()) {
            OptionSpec option = spec.findOption("--" + key.key());
            if (option != null && !option.originalStringValues().isEmpty()) {
                flags.put(
                        key.key(),
                        key.kind() == ConfigKey.Kind.FLAG ? List.of() : List.copyOf(option.originalStringValues()));
            }
        }
        return flags;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
