package org.buildengine.server.http;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An HTTP/2 client by prior knowledge, for tests: one connection, any number of streams. */
@SuppressWarnings("FutureReturnValueIgnored")
public final class Http2Client implements AutoCloseable {
    private static final int CONNECTION_WINDOW = 1 << 20;
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel connection;
    private final String authority;

    /** Connects to a TCP port. */
    public Http2Client(int port) throws InterruptedException {
        this(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Connects to a TCP address. */
    public Http2Client(InetSocketAddress address) throws InterruptedException {
        this(address, "test", Http2Settings.defaultSettings().maxHeaderListSize(8 << 20));
    }

    /** Connects to a TCP address as somebody with these settings, who calls the server by this name. */
    public Http2Client(InetSocketAddress address, String authority, Http2Settings settings)
            throws InterruptedException {
        this.authority = authority;
        this.connection = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        Http2FrameCodecBuilder.forClient()
                                                .initialSettings(settings)
                                                .encoderEnforceMaxConcurrentStreams(false)
                                                .build(),
                                        new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()),
                                        new OpenStreams());
                    }
                })
                .connect(address)
                .sync()
                .channel();
        connection.writeAndFlush(new DefaultHttp2WindowUpdateFrame(CONNECTION_WINDOW));
    }

    /** An answer, trailers among its headers. */
    public record Answer(Map<String, String> headers, String body) {
        /** Its status. */
        public int status() {
            return Integer.parseInt(headers.getOrDefault(":status", "0"));
        }
    }

    /** One stream. */
    public static final class Stream extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();
        private final CompletableFuture<Integer> status = new CompletableFuture<>();
        private final Map<String, String> headers = new TreeMap<>();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private volatile int received;
        private volatile String seen = "";
        private volatile Http2StreamChannel channel;

        Stream(Http2StreamChannel channel) {
            this.channel = channel;
        }

        /** The whole answer. */
        public Answer answer() throws Exception {
            return answer.get(20, TimeUnit.SECONDS);
        }

        /** Its status, as soon as it is there. */
        public int status() throws Exception {
            return status.get(20, TimeUnit.SECONDS);
        }

        /** What of the body has arrived. */
        public String bodySoFar() {
            return seen;
        }

        /** Bytes of the body that have arrived. */
        public int received() {
            return received;
        }

        /** Reads whatever comes from now on. */
        public void resume() {
            channel.config().setAutoRead(true);
        }

        /** Gives the request up. */
        public void reset() {
            channel.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL));
        }

        /** Sends a piece of the body. */
        public void send(byte[] bytes, boolean last) {
            channel.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(bytes), last));
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Http2HeadersFrame frame) {
                frame.headers()
                        .forEach(entry -> headers.put(
                                entry.getKey().toString(), entry.getValue().toString()));
                status.complete(Integer.parseInt(headers.getOrDefault(":status", "0")));
                finishIf(frame.isEndStream());
            } else if (message instanceof Http2DataFrame frame) {
                var bytes = new byte[frame.content().readableBytes()];
                frame.content().readBytes(bytes);
                body.writeBytes(bytes);
                received = body.size();
                seen = received < 65536 ? body.toString(StandardCharsets.UTF_8) : "";
                finishIf(frame.isEndStream());
            }
            ReferenceCountUtil.release(message);
        }

        private void finishIf(boolean end) {
            if (end) {
                answer.complete(new Answer(headers, body.toString(StandardCharsets.UTF_8)));
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof Http2ResetFrame reset) {
                answer.completeExceptionally(new IllegalStateException("reset with " + reset.errorCode()));
            }
            ReferenceCountUtil.release(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            answer.completeExceptionally(new IllegalStateException("the stream ended early"));
        }
    }

    /** Begins a request. */
    public Stream open(String method, String path, Map<String, String> fields, boolean reads, boolean complete)
            throws Exception {
        Http2Headers headers = new DefaultHttp2Headers()
                .method(method)
                .path(path)
                .scheme("http")
                .authority(authority);
        fields.forEach(headers::add);
        Http2StreamChannel channel = new Http2StreamChannelBootstrap(connection)
                .option(ChannelOption.AUTO_READ, reads)
                .handler(new ChannelInboundHandlerAdapter())
                .open()
                .get(20, TimeUnit.SECONDS);
        connection.eventLoop().submit(() -> OpenStreams.add(channel)).get(20, TimeUnit.SECONDS);
        var stream = new Stream(channel);
        channel.pipeline().addLast(stream);
        channel.writeAndFlush(new DefaultHttp2HeadersFrame(headers, complete));
        if (!reads) {
            channel.read();
        }
        return stream;
    }

    /** Sends a request and reads its answer. */
    public Answer exchange(String method, String path, Map<String, String> fields, byte[] body) throws Exception {
        Stream stream = open(method, path, fields, true, false);
        stream.send(body, true);
        return stream.answer();
    }

    @Override
    public void close() {
        connection.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
