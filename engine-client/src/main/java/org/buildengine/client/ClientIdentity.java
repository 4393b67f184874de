package org.buildengine.client;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;

/**
 * Who a client is, as every one of its requests says in {@value #HEADER} (protocol notes, 2).
 *
 * @param sessionId the session, shared with nobody here: this client is its main client
 * @param clientId the client
 * @param token the secret that proves later requests to be the same client's
 * @param stableId the same in every run on this machine for this user: names the engine's mirror of our files
 * @param version the version of the API that the client speaks
 * @param labels facts about the run, for whoever reads the engine's records
 */
public record ClientIdentity(
        String sessionId, String clientId, String token, String stableId, String version, Map<String, String> labels) {
    /** The header that carries the identity. */
    public static final String HEADER = "X-Dagger-Client-Metadata";

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final JsonMapper JSON = new JsonMapper();
    private static final String DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";

    /** Copies the labels. */
    public ClientIdentity {
        labels = Map.copyOf(labels);
    }

    /**
     * A new client of a new session.
     *
     * @param stableId this machine and user, always the same
     * @param version the version of the API that is spoken
     * @param labels facts about the run
     * @return the identity
     */
    public static ClientIdentity create(String stableId, String version, Map<String, String> labels) {
        return new ClientIdentity(
                randomId(), randomId(), UUID.randomUUID().toString(), stableId, version, labels);
    }

    /** A random id of 25 characters, as the engine's own are. */
    static String randomId() {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < 25; i++) {
            id.append(DIGITS.charAt(RANDOM.nextInt(DIGITS.length())));
        }
        return id.toString();
    }

    /** The header's value: base64 of a JSON object. */
    public String header() {
        ObjectNode json = JSON.createObjectNode();
        json.put("client_id", clientId);
        json.put("client_secret_token", token);
        json.put("session_id", sessionId);
        json.put("client_hostname", hostname());
        json.put("client_stable_id", stableId);
        json.put("client_version", version);
        ObjectNode named = json.putObject("labels");
        labels.forEach(named::put);
        json.put("interactive", false);
        json.putArray("interactive_command").add("/bin/sh");
        return Base64.getEncoder().encodeToString(json.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String hostname() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /** Hides the token: identities end up in logs. */
    @Override
    public String toString() {
        return "client " + clientId + " of session " + sessionId;
    }
}
