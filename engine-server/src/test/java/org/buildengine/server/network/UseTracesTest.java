package org.buildengine.server.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UseTracesTest {
    private static final String LINKS = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:     840      10    0    0    0     0          0         0      841      11    0    0    0     0       0          0
            be-67a70ac9e761:       0       0    0    0    0     0          0         0     1350      17    0   16    0     0       0          0
            """;

    @Test
    void packetsAreCountedFromTheKernelsWords() throws Exception {
        assertThat(UseTraces.sentPackets(LINKS)).isEqualTo(Map.of("lo", 11L, "be-67a70ac9e761", 17L));
        assertThatThrownBy(() -> UseTraces.sentPackets("a\nb\nlo: 1 2\n"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("the kernel does not list the links of a namespace in the usual form");
    }

    @Test
    void socketsAreCountedFromTheKernelsWords() throws Exception {
        assertThat(SocketCount.parse(
                        "sockets: used 3\nTCP: inuse 1 orphan 0 tw 2 alloc 7 mem 303\nUDP: inuse 0 mem 0\n"))
                .isEqualTo(new SocketCount(3, 2));
        assertThatThrownBy(() -> SocketCount.parse("nothing"))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("has no count \"used\" of sockets:");
    }
}
