package org.buildengine.server;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.buildengine.server.http.HttpReply;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HealthWatch;
import org.buildengine.session.transport.EngineAttachment;
import org.jspecify.annotations.Nullable;

/** One connection on its way to become a client's attachables, and back to nothing. Counts as a request until then. */
final class Attachment implements HttpReply.Takeover {
    private static final System.Logger LOG = System.getLogger(Attachment.class.getName());

    private final Lease lease;
    private final List<String> methods;
    private final Duration acknowledge;
    private final AtomicBoolean ended = new AtomicBoolean();

    Attachment(Lease lease, List<String> methods, Duration acknowledge) {
        this.lease = lease;
        this.methods = List.copyOf(methods);
        this.acknowledge = acknowledge;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // both ends of the future are handled here
    public void take(Channel channel) {
        attaching().connected(channel::close);
        EngineAttachment.adopt(channel, methods, acknowledge, HealthWatch.Timing.STANDARD)
                .whenComplete(this::adopted);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // never fails
    private void adopted(@Nullable Attachables attachables, @Nullable Throwable failure) {
        if (attachables == null) {
            LOG.log(System.Logger.Level.DEBUG, "{0} did not attach: {1}", lease.client(), String.valueOf(failure));
            end();
            return;
        }
        attaching().attached(attachables);
        attachables.closed().thenAccept(reason -> {
            LOG.log(System.Logger.Level.DEBUG, "{0} is detached: {1}", lease.client(), reason);
            end();
        });
    }

    @Override
    public void lost() {
        end();
    }

    private void end() {
        if (ended.compareAndSet(false, true)) {
            attaching().ended();
            lease.close();
        }
    }

    private Attaching attaching() {
        return lease.client().attaching();
    }
}
