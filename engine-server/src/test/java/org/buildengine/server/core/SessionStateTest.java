package org.buildengine.server.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SessionStateTest {
    private final SessionState state = new SessionState();

    @Test
    void theNameIsWhatCountsInKeysAndTheNewestPlaintextIsSeenByAll() throws Exception {
        Secret first = state.set("n", "one");
        Secret again = state.set("n", "one");
        Secret newer = state.set("n", "two");

        assertThat(again.digest()).isEqualTo(first.digest());
        assertThat(newer.digest()).isNotEqualTo(first.digest());
        assertThat(newer.handle()).isEqualTo(first.handle());
        assertThat(new String(state.secret(first.handle()), StandardCharsets.UTF_8))
                .isEqualTo("two");
    }

    @Test
    void noSecretIsKnownInAnotherSession() {
        Secret secret = new SessionState().set("n", "plaintext");

        assertThatThrownBy(() -> state.secret(secret.handle()))
                .isInstanceOf(IOException.class)
                .hasMessageNotContaining("plaintext");
        assertThat(secret.toString()).doesNotContain("plaintext");
    }
}
