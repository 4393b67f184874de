package org.buildengine.session.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class HeldTransportTest {
    @Test
    void whatWasReadIsDroppedWhenTheChannelIsClosedBetweenItsOwners() {
        ByteBuf rest = Unpooled.copiedBuffer(new byte[] {1, 2, 3});
        var channel = new EmbeddedChannel(new PreconnectedHandler(rest));
        channel.deregister().syncUninterruptibly();
        assertThat(rest.refCnt()).isOne();

        channel.close().syncUninterruptibly();
        channel.runPendingTasks();

        assertThat(rest.refCnt()).isZero();
    }
}
