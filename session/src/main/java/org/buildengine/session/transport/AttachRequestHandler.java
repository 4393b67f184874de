package org.buildengine.session.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Sends the attach request, reads the head of the answer (which may come in pieces) and acknowledges a 101. Completes with
 * the bytes behind the head. The real engine writes {@code HTTP/0.0} in its status line, so any version is taken.
 */
final class AttachRequestHandler extends ChannelInboundHandlerAdapter {
    private static final int MAX_HEAD = 64 * 1024;
    private static final int MAX_REFUSAL = 16 * 1024;
    private static final Pattern STATUS = Pattern.compile("HTTP/\\d\\.\\d (\\d{3})(?: .*)?");
    private static final Pattern LENGTH = Pattern.compile("content-length:\\s*(\\d{1,9})\\s*");

    private final ByteBuf request;
    private final CompletableFuture<ByteBuf> turned;
    private final ByteBuf answer = Unpooled.buffer();
    private boolean handedOver;

    AttachRequestHandler(ByteBuf request, CompletableFuture<ByteBuf> turned) {
        this.request = request;
        this.turned = turned;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        if (!context.channel().isActive()) {
            request.release();
            fail(
                    context,
                    new HostException(Reason.GONE, "the engine closed the connection before the attachment"),
                    null);
            return;
        }
        context.channel().config().setAutoRead(false);
        var _ = context.writeAndFlush(request).addListener(sent -> {
            if (!sent.isSuccess()) {
                fail(context, new HostException(Reason.GONE, "the attach request could not be sent"), sent.cause());
            }
        });
        context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        answer.writeBytes(bytes);
        bytes.release();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (handedOver || turned.isDone()) {
            return;
        }
        String text = answer.toString(StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            if (answer.readableBytes() > MAX_HEAD) {
                fail(
                        context,
                        new HostException(Reason.PROTOCOL, "the engine's answer to the attachment has no end"),
                        null);
            } else {
                context.read();
            }
            return;
        }
        String head = text.substring(0, end);
        int firstLine = head.indexOf("\r\n");
        Matcher status = STATUS.matcher(firstLine < 0 ? head : head.substring(0, firstLine));
        if (!status.matches()) {
            fail(
                    context,
                    new HostException(Reason.PROTOCOL, "the engine's answer to the attachment is not HTTP"),
                    null);
        } else if (status.group(1).equals("101")) {
            acknowledge(context, end + 4);
        } else if (refusalComplete(head, text.length() - end - 4)) {
            refuse(context, status.group(1), end + 4);
        } else {
            context.read();
        }
    }

    private void acknowledge(ChannelHandlerContext context, int headLength) {
        handedOver = true;
        answer.skipBytes(headLength);
        var _ = context.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])).addListener(sent -> {
            if (!sent.isSuccess()) {
                fail(context, new HostException(Reason.GONE, "the attachment could not be acknowledged"), sent.cause());
                return;
            }
            // Not from inside the read loop: the channel is about to leave this event loop.
            context.executor().execute(() -> {
                context.pipeline().remove(this);
                if (!turned.complete(answer)) {
                    answer.release();
                }
            });
        });
    }

    private static boolean refusalComplete(String head, int bodyBytes) {
        if (bodyBytes >= MAX_REFUSAL) {
            return true;
        }
        for (String line : head.toLowerCase(Locale.ROOT).split("\r\n", -1)) {
            Matcher length = LENGTH.matcher(line);
            if (length.matches()) {
                return bodyBytes >= Integer.parseInt(length.group(1));
            }
        }
        return false;
    }

    private void refuse(ChannelHandlerContext context, String status, int bodyAt) {
        String body =
                answer.toString(bodyAt, Math.min(MAX_REFUSAL, answer.readableBytes() - bodyAt), StandardCharsets.UTF_8);
        fail(
                context,
                new HostException(
                        Reason.DENIED, "the engine refused the attachment with status " + status + ": " + body.strip()),
                null);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        String text = answer.toString(StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        Matcher status = STATUS.matcher(text.lines().findFirst().orElse(""));
        if (end >= 0 && status.matches() && !handedOver) {
            refuse(context, status.group(1), end + 4);
        } else {
            fail(
                    context,
                    new HostException(Reason.GONE, "the engine closed the connection during the attachment"),
                    null);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(
                context,
                new HostException(Reason.GONE, "the connection to the engine failed during the attachment"),
                cause);
    }

    private void fail(ChannelHandlerContext context, HostException why, @Nullable Throwable cause) {
        if (cause != null) {
            why.addSuppressed(cause);
        }
        if (turned.completeExceptionally(why)) {
            answer.release();
            var _ = context.channel().close();
        }
    }
}
