package org.buildengine.server.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolvConfTest {
    @TempDir
    private Path directory;

    @Test
    void aListOfServersThatContainersReachStaysAsItIs() throws Exception {
        String text = "# mine\nsearch corp.example\nnameserver 192.0.2.53\noptions ndots:2\n";

        assertThat(resolvConf(text, "")).isEqualTo(text);
    }

    @Test
    void theServersBehindTheStubOfSystemdAreNamed() throws Exception {
        assertThat(resolvConf("nameserver 127.0.0.53\n", "nameserver 192.0.2.1\nsearch a.example\n"))
                .isEqualTo("nameserver 192.0.2.1\nsearch a.example\n");
    }

    @Test
    void hiddenServersStandBehindOneAtTheirPlace() {
        ResolvConf conf = ResolvConf.parse(
                "search a\nnameserver 127.0.0.1\nnameserver fd00::53\nnameserver 192.0.2.1\nnameserver nonsense\n");

        assertThat(conf.hidden())
                .containsExactly(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("fd00::53"));
        assertThat(conf.withHiddenBehind("10.1.0.1"))
                .isEqualTo("search a\nnameserver 10.1.0.1\nnameserver 192.0.2.1\n");
    }

    @Test
    void aHostWithoutServersAsksItself() {
        ResolvConf conf = ResolvConf.parse("search a\n");

        assertThat(conf.hidden()).containsExactly(InetAddress.getLoopbackAddress());
        assertThat(conf.withHiddenBehind("10.1.0.1")).isEqualTo("search a\nnameserver 10.1.0.1\n");
    }

    private String resolvConf(String host, String behindSystemd) throws IOException {
        Path file = Files.writeString(directory.resolve("resolv.conf"), host);
        Path behind = Files.writeString(directory.resolve("behind"), behindSystemd);
        try (var names = new ContainerNames(file, behind, InetAddress.getLoopbackAddress())) {
            return names.resolvConf();
        }
    }
}
