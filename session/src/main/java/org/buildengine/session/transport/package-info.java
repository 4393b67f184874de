/**
 * How a connection that a client opened turns around, so that the engine calls the client: request, 101, one ack byte, then
 * gRPC on the same socket. {@link org.buildengine.session.transport.EngineAttachment} is the engine's end,
 * {@link org.buildengine.session.transport.ClientAttachment} the client's.
 *
 * <p>Nothing is relayed: grpc-java takes over the very Netty channel, whatever its transport (NIO or epoll, TCP or Unix
 * sockets). The engine sends nothing between its 101 and the ack, and keeps every byte that follows the ack.
 */
@NullMarked
package org.buildengine.session.transport;

import org.jspecify.annotations.NullMarked;
