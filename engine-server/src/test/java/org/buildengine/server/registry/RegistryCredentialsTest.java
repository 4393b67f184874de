package org.buildengine.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.server.registry.RegistryCredentials.Login;
import org.junit.jupiter.api.Test;

class RegistryCredentialsTest {
    private static final Login LOGIN = new Login("ann", "secret");
    private static final RegistryCredentials KNOWS = _ -> Optional.of(LOGIN);

    private static RegistryCredentials fails(String why) {
        return _ -> {
            throw new IOException(why);
        };
    }

    @Test
    void firstLoginThatAnybodyHasIsTaken() throws IOException {
        RegistryCredentials any = RegistryCredentials.anyOf(
                () -> List.of(RegistryCredentials.NONE, fails("gone"), KNOWS, fails("asked")));
        assertThat(any.login("docker.io")).contains(LOGIN);
    }

    @Test
    void nobodysLoginIsNone() throws IOException {
        assertThat(RegistryCredentials.anyOf(List::of).login("docker.io")).isEmpty();
    }

    @Test
    void failuresAreToldIfNobodyHasALogin() {
        RegistryCredentials any = RegistryCredentials.anyOf(
                () -> List.of(fails("one is gone"), RegistryCredentials.NONE, fails("two is gone")));
        assertThatThrownBy(() -> any.login("docker.io"))
                .hasMessage("two is gone")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .extracting(Throwable::getMessage)
                        .isEqualTo("one is gone"));
    }

    @Test
    void whoCameMeanwhileIsAskedToo() throws IOException {
        var present = new ArrayList<RegistryCredentials>();
        RegistryCredentials any = RegistryCredentials.anyOf(() -> present);
        assertThat(any.login("docker.io")).isEmpty();
        present.add(KNOWS);
        assertThat(any.login("docker.io")).contains(LOGIN);
    }
}
