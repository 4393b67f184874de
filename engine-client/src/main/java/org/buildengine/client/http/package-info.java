/**
 * HTTP/1.1 over any stream: what the client library needs of it and no more.
 *
 * <p>Both ends are here, because the client speaks to the engine and serves the SDKs on a loopback port: heads, the three
 * ways to delimit a body, and connections to the engine that are used again. Everything blocks and is meant for virtual
 * threads; closing a connection from another thread is how a wait is ended. Callers: this module only.
 *
 * <p>Invariants: a connection is in exactly one exchange or idle in the pool; a head is at most one MiB; a body that was
 * not read to its end costs its connection.
 */
@NullMarked
package org.buildengine.client.http;

import org.jspecify.annotations.NullMarked;
