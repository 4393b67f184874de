package org.buildengine.session.offers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HostCredentials;
import org.buildengine.session.attachables.HostSecrets;
import org.buildengine.session.hostfiles.HostPaths;
import org.buildengine.session.transport.AttachedPair;
import org.buildengine.session.transport.ClientAttachment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets and logins, asked for over a real attachment. */
class OffersTest {
    @Test
    void engineGetsSecretsAndLogins(@TempDir Path home) throws Exception {
        Files.writeString(home.resolve("tok.txt"), "filetoken");
        Path docker = Files.createDirectory(home.resolve(".docker")).resolve("config.json");
        var environment = Map.of("MYVAR", "envtoken");
        var offers = StandardOffers.of(new HostPaths(home, home), environment, home);
        try (AttachedPair pair = AttachedPair.tcp();
                ClientAttachment client = pair.attach(offers);
                Attachables engine = pair.engineSide()) {
            HostSecrets secrets = new HostSecrets(engine);
            assertThat(text(secrets.secret("env://MYVAR"))).isEqualTo("envtoken");
            assertThat(text(secrets.secret("file://~/tok.txt"))).isEqualTo("filetoken");
            assertThat(text(secrets.secret("cmd://echo fromcmd"))).isEqualTo("fromcmd\n");
            assertThatThrownBy(() -> secrets.secret("env://NOPE_X")).hasMessage("secret env var not found: \"NOP...\"");
            assertThatThrownBy(() -> secrets.secret("file:///nope")).hasMessageContaining("/nope: no such file");
            assertThatThrownBy(() -> secrets.secret("cmd://exit 3")).hasMessageContaining("exit code 3");

            HostCredentials logins = new HostCredentials(engine);
            assertThat(logins.login("registry.example")).isEmpty();
            Files.writeString(docker, """
                    {"auths": {"https://index.docker.io/v1/": {"auth": "dXNlcjpwYXNzOndvcmQ="},
                               "https://old.example/v2/": {"identitytoken": "tok"},
                               "bad.example": {"auth": "!!"}}}
                    """);
            assertThat(logins.login("registry-1.docker.io")).contains(new HostCredentials.Login("user", "pass:word"));
            assertThat(logins.login("old.example")).contains(new HostCredentials.Login("", "tok"));
            assertThatThrownBy(() -> logins.login("bad.example")).hasMessageContaining("damaged");
            assertThat(client.closed()).isNotDone();
        }
    }

    private static String text(byte[] value) {
        return new String(value, StandardCharsets.UTF_8);
    }
}
