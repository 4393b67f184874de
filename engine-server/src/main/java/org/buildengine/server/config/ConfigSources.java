package org.buildengine.server.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Collects values for the keys of a configuration; a later source wins over an earlier one, whole values at a time. Add
 * the sources in the order file, environment, flags. For one thread.
 */
public final class ConfigSources {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    private final Map<ConfigKey, Given> values = new EnumMap<>(ConfigKey.class);

    /** What a source says about one key. */
    record Given(List<String> values, String source) {
        String single() {
            return String.join(",", values);
        }
    }

    ConfigSources() {
        defaults(ConfigKey.LISTEN, "unix:///run/build-engine/engine.sock");
        defaults(ConfigKey.SOCKET_MODE, "0600");
        defaults(ConfigKey.ALLOW_REMOTE_TCP, "false");
        defaults(ConfigKey.ROOT, "/var/lib/build-engine");
        defaults(ConfigKey.REGISTRY_MIRROR);
        defaults(ConfigKey.REGISTRY_INSECURE);
        defaults(ConfigKey.NETWORK, "auto");
        defaults(ConfigKey.NETWORK_SUBNET, "auto");
        defaults(ConfigKey.OCI_RUNTIME, "auto");
        defaults(ConfigKey.ALLOW_INSECURE, "false");
        defaults(ConfigKey.MEMORY_RESERVE, "5%");
        defaults(ConfigKey.IDLE_EXIT, "0");
        defaults(ConfigKey.CLIENT_DEADLINE, "70");
        defaults(ConfigKey.STALL_DEADLINE, "3600");
        defaults(ConfigKey.GC, "true");
        defaults(ConfigKey.GC_RESERVED_SPACE, "auto");
        defaults(ConfigKey.GC_MAX_USED_SPACE, "75%");
        defaults(ConfigKey.GC_MIN_FREE_SPACE, "20%");
        defaults(ConfigKey.GC_KEEP_DURATION, "60d");
        defaults(ConfigKey.LOGS_MAX_SPACE, "2GB");
        defaults(ConfigKey.MAX_HEADER_BYTES, Integer.toString((1 << 20) + (64 << 10)));
        defaults(ConfigKey.MAX_BODY_BYTES, Long.toString(256L << 20));
    }

    private void defaults(ConfigKey key, String... given) {
        values.put(key, new Given(List.of(given), "default"));
    }

    /** Adds a JSON file: an object whose keys are those of {@link ConfigKey}. */
    public ConfigSources file(Path file) throws ConfigException {
        JsonNode tree;
        try {
            tree = JSON.readTree(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new ConfigException("there is no configuration file " + file, e);
        } catch (JsonProcessingException e) {
            throw new ConfigException(
                    "the configuration file " + file + " is no JSON, line "
                            + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(),
                    e);
        } catch (IOException e) {
            throw new ConfigException("the configuration file " + file + " cannot be read: " + e, e);
        }
        if (!tree.isObject()) {
            throw new ConfigException("the configuration file " + file + " must hold one JSON object, like"
                    + " {\"root\": \"/var/lib/build-engine\"}");
        }
        for (Map.Entry<String, JsonNode> entry : tree.properties()) {
            ConfigKey key = known(entry.getKey(), file.toString(), "");
            values.put(key, new Given(texts(key, entry.getValue(), file), file.toString()));
        }
        return this;
    }

    private static List<String> texts(ConfigKey key, JsonNode value, Path file) throws ConfigException {
        var texts = new ArrayList<String>();
        if (value.isObject() && key == ConfigKey.REGISTRY_MIRROR) {
            for (Map.Entry<String, JsonNode> mirror : value.properties()) {
                for (JsonNode url : mirror.getValue().isArray() ? mirror.getValue() : List.of(mirror.getValue())) {
                    texts.add(mirror.getKey() + "=" + url.asText());
                }
            }
            return texts;
        }
        boolean list = value.isArray() && key.kind() == ConfigKey.Kind.LIST;
        for (JsonNode element : list ? value : List.of(value)) {
            if (!fits(key.kind(), element)) {
                throw new ConfigException(
                        file + ": \"" + key.key() + "\" cannot be " + element + "; it is " + key.help());
            }
            texts.add(element.asText());
        }
        return texts;
    }

    private static boolean fits(ConfigKey.Kind kind, JsonNode value) {
        return value.isTextual()
                || switch (kind) {
                    case TEXT, LIST -> false;
                    case NUMBER -> value.isNumber();
                    case FLAG -> value.isBoolean();
                };
    }

    /** Adds the variables {@code ENGINE_...}. Others are left alone, unless they look like a slip of the pen. */
    public ConfigSources environment(Map<String, String> environment) throws ConfigException {
        for (Map.Entry<String, String> entry : environment.entrySet()) {
            Optional<ConfigKey> key = Arrays.stream(ConfigKey.values())
                    .filter(known -> known.variable().equals(entry.getKey()))
                    .findFirst();
            if (key.isPresent()) {
                values.put(key.get(), new Given(split(key.get(), entry.getValue()), entry.getKey()));
            } else if (entry.getKey().startsWith("ENGINE_") && !entry.getKey().equals("ENGINE_HOST")) {
                refuseSlip(entry.getKey());
            }
        }
        return this;
    }

    private static void refuseSlip(String variable) throws ConfigException {
        Optional<String> meant = Arrays.stream(ConfigKey.values())
                .map(ConfigKey::variable)
                .filter(known -> Spelling.distance(known, variable) <= 2)
                .findFirst();
        if (meant.isPresent()) {
            throw new ConfigException(
                    "the environment variable " + variable + " is unknown; did you mean " + meant.get() + "?");
        }
    }

    private static List<String> split(ConfigKey key, String value) {
        if (key.kind() != ConfigKey.Kind.LIST) {
            return List.of(value);
        }
        return Arrays.stream(value.split(",", -1))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /** Adds flags by their names without dashes. A flag without a value means true. */
    public ConfigSources flags(Map<String, List<String>> flags) throws ConfigException {
        for (Map.Entry<String, List<String>> entry : flags.entrySet()) {
            ConfigKey key = known(entry.getKey(), "command line", "--");
            List<String> given = entry.getValue();
            if (given.isEmpty() && key.kind() == ConfigKey.Kind.FLAG) {
                given = List.of("true");
            }
            if (given.size() != 1 && key.kind() != ConfigKey.Kind.LIST) {
                throw new ConfigException("--" + key.key() + " needs exactly one value, but got " + given.size());
            }
            values.put(key, new Given(List.copyOf(given), "--" + key.key()));
        }
        return this;
    }

    private static ConfigKey known(String name, String where, String dashes) throws ConfigException {
        Optional<ConfigKey> key = ConfigKey.find(name);
        if (key.isPresent()) {
            return key.get();
        }
        String hint = Spelling.nearest(name, Arrays.stream(ConfigKey.values()).map(ConfigKey::key))
                .map(meant -> "did you mean " + dashes + meant + "?")
                .orElseGet(() -> "known are "
                        + String.join(
                                ", ",
                                Arrays.stream(ConfigKey.values())
                                        .map(ConfigKey::key)
                                        .toList()));
        throw new ConfigException(where + ": the key " + dashes + name + " is unknown; " + hint);
    }

    /** The configuration, checked. */
    public EngineConfig build() throws ConfigException {
        return new ConfigParser(values).parse();
    }
}
