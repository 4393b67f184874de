package org.buildengine.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineAddressTest {
    @ParameterizedTest
    @ValueSource(strings = {"unix:///run/engine.sock", "tcp://127.0.0.1:8080", "tcp://[::1]:1", "tcp://host:65535"})
    void anAddressReadsAsItIsWritten(String text) {
        assertThat(EngineAddress.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/run/x.sock",
                "unix://relative",
                "tcp://host",
                "tcp://host:0",
                "tcp://host:65536",
                "tcp://:1",
                "ssh://h"
            })
    void whatIsNoAddressIsRefusedWithWhatIsAllowed(String text) {
        assertThatThrownBy(() -> EngineAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("://");
    }

    @Test
    void theTraceOfTheEnvironmentGoesOnBelowANewSpan() {
        String outer = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        TraceContext trace = TraceContext.from(java.util.Map.of("TRACEPARENT", outer));
        assertThat(trace.traceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(trace.spanId()).isNotEqualTo("b7ad6b7169203331").hasSize(16);
    }
}
