/**
 * The network front door: one listener per address that speaks HTTP/1.1, HTTP/2 by prior knowledge or upgrade, and gRPC, mixed on
 * one connection. Requests are handed as plain values to one blocking {@link org.buildengine.server.http.HttpHandler},
 * each on a virtual thread of its own; gRPC streams go to a {@link org.buildengine.server.http.GrpcBackend}.
 *
 * <p>Called by the server only. Invariants: event loops never block; what a peer can make us hold is bounded per stream
 * by a window, both ways; a slow stream pauses nothing but itself; a peer that goes away interrupts the thread that
 * works for it.
 */
@NullMarked
package org.buildengine.server.http;

import org.jspecify.annotations.NullMarked;
