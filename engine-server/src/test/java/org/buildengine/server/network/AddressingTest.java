package org.buildengine.server.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AddressingTest {
    @Test
    void subnetsOverlapWhenOneHoldsTheOther() {
        Ipv4Subnet wide = Ipv4Subnet.parse("10.0.0.0/8");
        Ipv4Subnet narrow = Ipv4Subnet.parse("10.201.16.0/20");

        assertThat(wide.overlaps(narrow)).isTrue();
        assertThat(narrow.overlaps(wide)).isTrue();
        assertThat(narrow.overlaps(Ipv4Subnet.parse("10.201.0.0/20"))).isFalse();
        assertThat(Ipv4Subnet.parse("0.0.0.0/0").overlaps(narrow)).isTrue();
        assertThat(narrow).hasToString("10.201.16.0/20");
    }

    @Test
    void theFirstSubnetThatTheHostDoesNotUseIsChosen() throws Exception {
        assertThat(choose("192.168.0.0/16")).hasToString("10.201.0.0/20");
        assertThat(choose("10.201.0.0/20", "10.201.31.7/32")).hasToString("10.201.32.0/20");
        assertThat(choose("10.0.0.0/8")).hasToString("172.29.0.0/20");
    }

    private static Ipv4Subnet choose(String... taken) throws IOException {
        return new SubnetChoice(List.of(taken).stream().map(Ipv4Subnet::parse).toList()).choose(Optional.empty());
    }

    @Test
    void aHostThatUsesEverythingIsTold() {
        assertThatThrownBy(() -> choose("0.0.0.0/1", "128.0.0.0/1"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(
                        "this machine has routes for every subnet that the engine tries (10.201.0.0/16,")
                .hasMessageEndingWith("name a free one with --network-subnet");
    }

    @Test
    void addressesComeAgainAsLateAsPossible() {
        var pool = new AddressPool(Ipv4Subnet.parse("10.1.2.0/29"));
        assertThat(pool.capacity()).isEqualTo(5);
        assertThat(Ipv4Subnet.text(pool.gateway())).isEqualTo("10.1.2.1");

        int first = pool.take().orElseThrow();
        pool.release(first);
        assertThat(pool.take().orElseThrow()).isNotEqualTo(first);
        var all = new HashSet<Integer>();
        for (int i = 0; i < 4; i++) {
            all.add(pool.take().orElseThrow());
        }
        assertThat(all).hasSize(4).contains(first);
        assertThat(pool.take()).isEmpty();
    }

    @Test
    void namesOfLinksFitTheKernel() {
        var names = new BridgeNames(Path.of("/var/lib/build-engine"));
        assertThat(names.bridge()).hasSize(15).startsWith("be-");
        assertThat(names.link()).isNotEqualTo(names.link());
        assertThat(names.link().length()).isLessThanOrEqualTo(15);
        assertThat(new BridgeNames(Path.of("/other")).bridge()).isNotEqualTo(names.bridge());
    }
}
