package org.buildengine.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HeadDeadlineTest {
    private static final Duration HOUR = Duration.ofHours(1);
    /** What an event loop says of when its next task is due, if it has none. */
    private static final long NEVER = -1;

    @Test
    void exchangeThatIsOverAfterItsConnectionKeepsNothingOfIt() {
        var deadline = new HeadDeadline(HOUR, HOUR);
        var channel = new EmbeddedChannel(deadline);
        deadline.rest();
        assertThat(channel.runScheduledPendingTasks()).isPositive();

        channel.close().syncUninterruptibly();
        deadline.rest();

        assertThat(channel.runScheduledPendingTasks()).isEqualTo(NEVER);
    }
}
