package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The networks that are not the usual one, by the setting that chooses them. */
class NetworkChoiceIT {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    /** The interfaces that a step sees, in their order. */
    private List<String> interfaces(String network) throws Exception {
        try (Site site = Site.openForSessions(directory, Map.of("ENGINE_NETWORK", network));
                Client client = Client.open(site.engine().address())) {
            return names(client.ask("container { from(address: \"" + site.image()
                    + "\") { withExec(args: [\"cat\", \"/proc/net/dev\"]) { stdout"));
        }
    }

    private static List<String> names(String devices) {
        return Stream.of(devices.split("\n"))
                .filter(line -> line.contains(":"))
                .map(line -> line.substring(0, line.indexOf(':')).strip())
                .toList();
    }

    @Test
    void stepWithoutNetworkHasOnlyItsOwnLoopback() throws Exception {
        assertThat(interfaces("none")).containsExactly("lo");
    }

    @Test
    void stepInTheNetworkOfTheHostSeesItsInterfaces() throws Exception {
        String own = names(Files.readString(Path.of("/proc/net/dev"))).stream()
                .filter(name -> !name.equals("lo"))
                .findFirst()
                .orElse("lo");

        assertThat(interfaces("host")).contains("lo", own);
    }
}
