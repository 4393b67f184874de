package org.buildengine.server.http;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.local.LocalIoHandler;

/**
 * Serves sockets and in-process channels on the same event loop, so that a stream that is relayed to the gRPC server
 * does not change threads.
 */
final class PairedIoHandler implements IoHandler {
    private final IoHandler sockets;
    private final IoHandler local;

    private PairedIoHandler(IoHandler sockets, IoHandler local) {
        this.sockets = sockets;
        this.local = local;
    }

    static IoHandlerFactory factory(IoHandlerFactory sockets) {
        IoHandlerFactory local = LocalIoHandler.newFactory();
        return executor -> new PairedIoHandler(sockets.newHandler(executor), local.newHandler(executor));
    }

    @Override
    public void initialize() {
        sockets.initialize();
        local.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        return sockets.run(context);
    }

    @Override
    public void prepareToDestroy() {
        local.prepareToDestroy();
        sockets.prepareToDestroy();
    }

    @Override
    public void destroy() {
        local.destroy();
        sockets.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return local.isCompatible(handle.getClass()) ? local.register(handle) : sockets.register(handle);
    }

    @Override
    public void wakeup() {
        sockets.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> type) {
        return sockets.isCompatible(type) || local.isCompatible(type);
    }
}
