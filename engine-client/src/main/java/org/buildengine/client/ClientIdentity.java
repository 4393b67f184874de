package org.buildengine.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.buildengine.session.ClientMetadata;

/** Makes up who a client is: names that nobody has used, and a secret that proves later requests to be the same client's. */
public final class ClientIdentity {
    /** A power of two of them, so that a random byte favours none. */
    private static final String DIGITS = "0123456789abcdefghijklmnopqrstuv";

    private static final Path HOSTNAME = Path.of("/proc/sys/kernel/hostname");
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
                RandomBytes.uuid(),
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
        for (byte random : RandomBytes.of(LENGTH)) {
            id.append(DIGITS.charAt(random & (DIGITS.length() - 1)));
        }
        return id.toString();
    }

    private static String hostname() {
        // The kernel's name, not the resolver's: that one may have to ask the network.
        try {
            return Files.readString(HOSTNAME).strip();
        } catch (IOException e) {
            return "localhost";
        }
    }
}
