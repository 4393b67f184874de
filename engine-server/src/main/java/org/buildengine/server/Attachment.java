package org.buildengine.server;

import io.netty.channel.Channel;
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
    private final SessionTimes times;
    private final Runnable silent;
    private final AtomicBoolean ended = new AtomicBoolean();

    /** {@code silent} is called when the client does not answer any more. */
    Attachment(Lease lease, List<String> methods, SessionTimes times, Runnable silent) {
        this.lease = lease;
        this.methods = List.copyOf(methods);
        this.times = times;
        this.silent = silent;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // both ends of the future are handled here
    public void take(Channel channel) {
        attaching().connected(channel::close);
        EngineAttachment.adopt(channel, methods, times.acknowledge(), HealthWatch.Timing.within(times.silence()))
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
            if (attachables.wasSilent()) {
                LOG.log(System.Logger.Level.INFO, "{0} is given up: {1}", lease.client(), reason);
                silent.run();
            }
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
