package org.buildengine.client;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.buildengine.session.ClientMetadata;

/** Makes up who a client is: names that nobody has used, and a secret that proves later requests to be the same client's. */
public final class ClientIdentity {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
    private static final int LENGTH = 25;

    private ClientIdentity() {}

    /**
     * The main client of a new session.
     *
     * @param stableId the same in every run of this user on this machine: names the engine's copy of our files
     * @param version the version of the API that is spoken
     * @param labels facts about the run, for whoever reads the engine's records
     * @return what every request of the client carries
     */
    public static ClientMetadata create(String stableId, String version, Map<String, String> labels) {
        return new ClientMetadata(
                randomId(),
                UUID.randomUUID().toString(),
                randomId(),
                hostname(),
                stableId,
                version,
                labels,
                false,
                List.of("/bin/sh"),
                true,
                "",
                false,
                false,
                "",
                "");
    }

    private static String randomId() {
        StringBuilder id = new StringBuilder();
        for (int i = 0; i < LENGTH; i++) {
            id.append(DIGITS.charAt(RANDOM.nextInt(DIGITS.length())));
        }
        return id.toString();
    }

    private static String hostname() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
