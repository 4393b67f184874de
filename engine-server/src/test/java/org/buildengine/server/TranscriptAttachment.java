package org.buildengine.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.hostfiles.HostPaths;
import org.buildengine.session.offers.StandardOffers;
import org.buildengine.session.transport.ClientAttachment;

/**
 * The second connection of a {@link TranscriptClient} with everything behind it: files, secrets, logins of a working
 * directory. The byte that acknowledges and the first frames leave in one segment, as they do at Dagger's command line.
 */
final class TranscriptAttachment implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final EventLoopGroup loops;
    private final GluedAck glue;
    private final ClientAttachment attachment;

    private TranscriptAttachment(EventLoopGroup loops, GluedAck glue, ClientAttachment attachment) {
        this.loops = loops;
        this.glue = glue;
        this.attachment = attachment;
    }

    static TranscriptAttachment open(TranscriptClient client, Path workdir) throws IOException, InterruptedException {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        var glue = new GluedAck();
        try {
            Channel channel = new Bootstrap()
                    .group(loops)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.AUTO_READ, false)
                    .handler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel made) {
                            made.pipeline().addLast(glue);
                        }
                    })
                    .connect(client.address())
                    .sync()
                    .channel();
            var offers = StandardOffers.of(new HostPaths(workdir, workdir), Map.of(), workdir);
            return new TranscriptAttachment(
                    loops, glue, ClientAttachment.open(channel, client.identity(), offers, DEADLINE));
        } catch (IOException | InterruptedException | RuntimeException e) {
            stop(loops);
            throw e;
        }
    }

    /** Whether the two did leave in one segment. */
    boolean glued() {
        return glue.done;
    }

    /** Waits until the engine has closed the connection; says why it ended. */
    String ended() throws Exception {
        return attachment.closed().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        attachment.close();
        stop(loops);
    }

    private static void stop(EventLoopGroup loops) {
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    /** Holds a single byte back until more is written. */
    private static final class GluedAck extends ChannelOutboundHandlerAdapter {
        private ByteBuf held = Unpooled.EMPTY_BUFFER;
        private volatile boolean done;

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (!done && message instanceof ByteBuf bytes) {
                if (bytes.readableBytes() == 1) {
                    held = bytes;
                    promise.setSuccess();
                    return;
                }
                if (held.isReadable()) {
                    done = true;
                    var _ = context.write(Unpooled.wrappedBuffer(held, bytes), promise);
                    return;
                }
            }
            var _ = context.write(message, promise);
        }
    }
}
