package org.buildengine.server.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class NetlinkMessageTest {
    @Test
    void whatIsWrittenIsRead() {
        NetlinkRequest request = new NetlinkRequest();
        request.message("first", 16, NetlinkRequest.ACK)
                .u8(1)
                .u8(2)
                .u16(3)
                .u32(4)
                .attribute(3, "eth0")
                .attribute(4, 1500)
                .bigEndian(5, 7)
                .nested(18, () -> request.attribute(1, "veth").nested(2, () -> request.attribute(9, new byte[300])))
                .attribute(6, "x".repeat(600));
        request.message("second", 17, 0).u32(0);

        var messages = NetlinkMessage.parse(request.datagram(41));

        assertThat(messages).hasSize(2);
        NetlinkMessage first = messages.getFirst();
        assertThat(first.type()).isEqualTo(16);
        assertThat(first.sequence()).isEqualTo(41);
        assertThat(first.payload().getInt(4)).isEqualTo(4);
        var attributes = first.attributes(8);
        assertThat(attributes.text(3)).contains("eth0");
        assertThat(attributes.number(4)).contains(1500);
        assertThat(attributes.bigEndian(5)).contains(7);
        assertThat(attributes.nested(18).text(1)).contains("veth");
        assertThat(attributes.nested(18).nested(2).bytes(9)).hasSize(300);
        assertThat(attributes.text(6).orElse("")).hasSize(600);
        assertThat(attributes.text(99)).isEmpty();
        assertThat(messages.get(1).sequence()).isEqualTo(42);
        assertThat(request.answered(0)).isTrue();
        assertThat(request.answered(1)).isFalse();
    }

    @Test
    void lengthsThatLieAreRefused() {
        byte[] datagram =
                new NetlinkRequest().message("lies", 16, 0).attribute(1, 2).datagram(1);
        datagram[16] = 77;
        NetlinkMessage message = NetlinkMessage.parse(datagram).getFirst();

        assertThatThrownBy(() -> message.attributes(0)).hasMessage("a netlink attribute of 77 bytes does not fit");
        datagram[0] = 99;
        assertThatThrownBy(() -> NetlinkMessage.parse(datagram))
                .hasMessage("a netlink message of 99 bytes does not fit");
    }
}
