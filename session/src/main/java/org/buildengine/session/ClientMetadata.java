package org.buildengine.session;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who is asking: the value of the header {@value #HEADER} on every request of a client. Standard base64 of a JSON object,
 * keys as Dagger 0.21 writes them (section "client metadata" of its protocol).
 *
 * @param clientId random per client, never empty; printable ASCII without spaces
 * @param clientSecretToken known to this client only; the same on all its requests, never empty
 * @param sessionId shared by a main client and its nested clients, never empty; printable ASCII without spaces
 * @param clientHostname for logs
 * @param clientStableId the same for all runs of one user on one machine, or empty
 * @param clientVersion as sent; the label {@code dagger.io/client.version} stands in for an empty one
 * @param labels what the client says about itself
 * @param interactive whether a failing step opens a terminal
 * @param interactiveCommand what that terminal runs
 * @param doNotTrack whether the person refused telemetry to third parties
 * @param sshAuthSocketPath the client's ssh agent, or empty
 * @param loadWorkspaceModules whether the modules of the workspace are wanted
 * @param skipWorkspaceModules whether they are refused
 * @param lockMode how lock files are treated, or empty
 * @param workspace explicit workspace binding, or empty
 */
public record ClientMetadata(
        String clientId,
        String clientSecretToken,
        String sessionId,
        String clientHostname,
        String clientStableId,
        String clientVersion,
        Map<String, String> labels,
        boolean interactive,
        List<String> interactiveCommand,
        boolean doNotTrack,
        String sshAuthSocketPath,
        boolean loadWorkspaceModules,
        boolean skipWorkspaceModules,
        String lockMode,
        String workspace) {

    /** Name of the header; HTTP/2 writes it in lower case. */
    public static final String HEADER = "X-Dagger-Client-Metadata";

    /** Longest header value that is looked at, in characters. */
    public static final int MAX_HEADER_LENGTH = 1024 * 1024;

    public ClientMetadata {
        requireId("client_id", clientId);
        requireId("client_secret_token", clientSecretToken);
        requireId("session_id", sessionId);
        requirePrintable("client_id", clientId);
        requirePrintable("session_id", sessionId);
        if (loadWorkspaceModules && skipWorkspaceModules) {
            throw new IllegalArgumentException(
                    "load_workspace_modules and skip_workspace_modules exclude each other; set one of them");
        }
        labels = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        interactiveCommand = List.copyOf(interactiveCommand);
    }

    /** Metadata of a client that only has names; everything else is empty or false. */
    public static ClientMetadata of(String clientId, String clientSecretToken, String sessionId, String clientVersion) {
        return new ClientMetadata(
                clientId,
                clientSecretToken,
                sessionId,
                "",
                "",
                clientVersion,
                Map.of(),
                false,
                List.of("/bin/sh"),
                false,
                "",
                false,
                false,
                "",
                "");
    }

    /** The version the client has, from the field or, if that is empty, from its label. */
    public String effectiveVersion() {
        return clientVersion.isEmpty() ? labels.getOrDefault("dagger.io/client.version", "") : clientVersion;
    }

    /**
     * Reads a header value. Unknown keys are ignored, keys are compared without case, {@code null} stands for unset.
     *
     * @throws IllegalArgumentException saying what is wrong with the value; never quoting it, because it holds a secret
     */
    public static ClientMetadata decode(String header) {
        if (header.isEmpty()) {
            throw bad("it is missing");
        }
        if (header.length() > MAX_HEADER_LENGTH) {
            throw bad("it is longer than " + MAX_HEADER_LENGTH + " characters");
        }
        byte[] json;
        try {
            json = Base64.getDecoder().decode(header.strip());
        } catch (IllegalArgumentException e) {
            throw bad("it is not standard base64");
        }
        return fromFields(Fields.read(new String(json, StandardCharsets.UTF_8)));
    }

    private static ClientMetadata fromFields(Fields fields) {
        return new ClientMetadata(
                fields.text("client_id"),
                fields.text("client_secret_token"),
                fields.text("session_id"),
                fields.text("client_hostname"),
                fields.text("client_stable_id"),
                fields.text("client_version"),
                fields.map("labels"),
                fields.flag("interactive"),
                fields.list("interactive_command"),
                fields.flag("do_not_track"),
                fields.text("ssh_auth_socket_path"),
                fields.flag("load_workspace_modules"),
                fields.flag("skip_workspace_modules"),
                fields.text("lock_mode"),
                fields.text("workspace"));
    }

    /** Writes the header value, with the keys that Dagger 0.21 always sends in its order. */
    public String encode() {
        // Written by hand: the library that could do it takes longer to load than a small command to run.
        JsonMembers json = new JsonMembers()
                .text("client_id", clientId)
                .text("client_secret_token", clientSecretToken)
                .text("session_id", sessionId)
                .text("client_hostname", clientHostname)
                .text("client_stable_id", clientStableId)
                .text("client_version", clientVersion)
                .object("labels", labels)
                .flag("interactive", interactive)
                .array("interactive_command", interactiveCommand)
                .nothing("upstream_cache_import_config")
                .nothing("upstream_cache_export_config")
                .text("cloud_org", "")
                .flag("do_not_track", doNotTrack)
                .text("ssh_auth_socket_path", sshAuthSocketPath)
                .nothing("allowed_llm_modules")
                .flag("eager_runtime", false);
        if (loadWorkspaceModules) {
            json.flag("load_workspace_modules", true);
        }
        if (skipWorkspaceModules) {
            json.flag("skip_workspace_modules", true);
        }
        if (!lockMode.isEmpty()) {
            json.text("lock_mode", lockMode);
        }
        if (!workspace.isEmpty()) {
            json.text("workspace", workspace);
        }
        return Base64.getEncoder().encodeToString(json.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Names the client without its secret. */
    @Override
    public String toString() {
        return "ClientMetadata[client=" + clientId + ", session=" + sessionId + ", host=" + clientHostname
                + ", version=" + clientVersion + "]";
    }

    private static void requireId(String key, String value) {
        if (value.isEmpty()) {
            throw bad(key + " is missing or empty");
        }
        if (value.length() > 256) {
            throw bad(key + " is longer than 256 characters");
        }
    }

    /** Names of clients and sessions stand in logs, so that they may not look like something else there. */
    private static void requirePrintable(String key, String id) {
        if (!id.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw bad(key + " has characters that are not printable ASCII");
        }
    }

    private static IllegalArgumentException bad(String why) {
        return new IllegalArgumentException("the client metadata in the header " + HEADER + " is not valid: " + why);
    }

    /** Reads fields as Go would: without regard to case, an exact key first. */
    private static final class Fields {
        private static final ObjectMapper JSON = new ObjectMapper();

        private final ObjectNode object;
        private final Map<String, JsonNode> byLowerCase = new LinkedHashMap<>();

        Fields(ObjectNode object) {
            this.object = object;
            object.properties()
                    .forEach(field -> byLowerCase.put(field.getKey().toLowerCase(Locale.ROOT), field.getValue()));
        }

        static Fields read(String text) {
            JsonNode node;
            try {
                node = JSON.readTree(text);
            } catch (JsonProcessingException e) {
                throw bad("it does not contain JSON");
            }
            if (!(node instanceof ObjectNode object)) {
                throw bad("it does not contain a JSON object");
            }
            return new Fields(object);
        }

        private @Nullable JsonNode node(String key) {
            JsonNode node = object.has(key) ? object.get(key) : byLowerCase.get(key);
            return node == null || node.isNull() ? null : node;
        }

        String text(String key) {
            JsonNode node = node(key);
            if (node != null && !node.isTextual()) {
                throw bad(key + " is not a string");
            }
            return node == null ? "" : node.textValue();
        }

        boolean flag(String key) {
            JsonNode node = node(key);
            if (node != null && !node.isBoolean()) {
                throw bad(key + " is neither true nor false");
            }
            return node != null && node.booleanValue();
        }

        List<String> list(String key) {
            JsonNode node = node(key);
            if (node == null) {
                return List.of();
            }
            if (!node.isArray()) {
                throw bad(key + " is not a list");
            }
            List<String> values = new ArrayList<>();
            for (JsonNode value : node) {
                if (!value.isTextual()) {
                    throw bad(key + " holds something that is not a string");
                }
                values.add(value.textValue());
            }
            return values;
        }

        Map<String, String> map(String key) {
            JsonNode node = node(key);
            if (node == null) {
                return Map.of();
            }
            Map<String, String> values = new LinkedHashMap<>();
            if (node.isArray()) {
                // Old clients sent a list of name and value.
                node.forEach(item -> values.put(
                        item.path("name").asText(""), item.path("value").asText("")));
            } else if (node.isObject()) {
                node.properties()
                        .forEach(field ->
                                values.put(field.getKey(), field.getValue().asText("")));
            } else {
                throw bad(key + " is not an object");
            }
            return values;
        }
    }
}
