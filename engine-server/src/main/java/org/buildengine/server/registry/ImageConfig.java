package org.buildengine.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.buildengine.snapshotter.Digest;

/**
 * What an image says about how to run it (OCI image configuration and Docker's extensions of it). Immutable.
 *
 * @param platform what its programs run on
 * @param diffIds digests of the uncompressed layers, the lowest first
 * @param env {@code NAME=value} in order
 * @param entrypoint first part of the command line
 * @param cmd second part of the command line
 * @param workdir working directory; empty for none
 * @param user {@code name|uid[:group|gid]}; empty for none
 * @param labels free texts by name
 * @param exposedPorts {@code port/protocol}, sorted
 * @param volumes paths, sorted
 * @param healthcheck how to find out whether it is well
 * @param shell the shell form's shell
 * @param stopSignal name or number; empty for none
 * @param onBuild instructions for images that build on it
 */
public record ImageConfig(
        Platform platform,
        List<Digest> diffIds,
        List<String> env,
        List<String> entrypoint,
        List<String> cmd,
        String workdir,
        String user,
        Map<String, String> labels,
        List<String> exposedPorts,
        List<String> volumes,
        Optional<Healthcheck> healthcheck,
        List<String> shell,
        String stopSignal,
        List<String> onBuild) {
    public ImageConfig {
        diffIds = List.copyOf(diffIds);
        env = List.copyOf(env);
        entrypoint = List.copyOf(entrypoint);
        cmd = List.copyOf(cmd);
        labels = Map.copyOf(labels);
        exposedPorts = List.copyOf(exposedPorts);
        volumes = List.copyOf(volumes);
        shell = List.copyOf(shell);
        onBuild = List.copyOf(onBuild);
    }

    /**
     * A health check.
     *
     * @param test {@code CMD}, {@code CMD-SHELL} or {@code NONE} and what follows it
     * @param interval time between checks; zero for the default, as for the others
     * @param timeout how long one may take
     * @param startPeriod how long failures do not count
     * @param startInterval time between checks while they do not count
     * @param retries how many failures in a row mean that it is not well; zero for the default
     */
    public record Healthcheck(
            List<String> test,
            Duration interval,
            Duration timeout,
            Duration startPeriod,
            Duration startInterval,
            int retries) {
        public Healthcheck {
            test = List.copyOf(test);
        }
    }

    /**
     * Reads the JSON document.
     *
     * @throws IOException if it is not an image configuration
     */
    public static ImageConfig parse(byte[] json) throws IOException {
        JsonNode root = Documents.object(json, "image configuration");
        JsonNode config = root.path("config");
        var diffIds = new ArrayList<Digest>();
        for (JsonNode id : root.path("rootfs").path("diff_ids")) {
            try {
                diffIds.add(Digest.parse(id.asText()));
            } catch (IllegalArgumentException e) {
                throw new IOException(
                        "the image configuration lists an invalid layer digest \"" + id.asText() + "\"", e);
            }
        }
        var platform = new Platform(
                root.path("os").asText("linux"),
                root.path("architecture").asText(Platform.host().arch()),
                root.path("variant").asText(""));
        return new ImageConfig(
                platform,
                diffIds,
                texts(config.path("Env")),
                texts(config.path("Entrypoint")),
                texts(config.path("Cmd")),
                config.path("WorkingDir").asText(""),
                config.path("User").asText(""),
                map(config.path("Labels")),
                names(config.path("ExposedPorts")),
                names(config.path("Volumes")),
                healthcheck(config.path("Healthcheck")),
                texts(config.path("Shell")),
                config.path("StopSignal").asText(""),
                texts(config.path("OnBuild")));
    }

    private static Optional<Healthcheck> healthcheck(JsonNode json) {
        if (!json.isObject()) {
            return Optional.empty();
        }
        return Optional.of(new Healthcheck(
                texts(json.path("Test")),
                Duration.ofNanos(json.path("Interval").asLong()),
                Duration.ofNanos(json.path("Timeout").asLong()),
                Duration.ofNanos(json.path("StartPeriod").asLong()),
                Duration.ofNanos(json.path("StartInterval").asLong()),
                json.path("Retries").asInt()));
    }

    private static List<String> texts(JsonNode array) {
        var texts = new ArrayList<String>();
        array.forEach(element -> texts.add(element.asText()));
        return texts;
    }

    private static Map<String, String> map(JsonNode object) {
        var map = new TreeMap<String, String>();
        object.properties()
                .forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
        return map;
    }

    private static List<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).sorted().toList();
    }
}
