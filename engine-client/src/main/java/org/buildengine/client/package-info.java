/**
 * A session with an engine, for programs written in Java and for the command line.
 *
 * <p>{@link org.buildengine.client.EngineAddress} says where the engine is; {@link org.buildengine.client.EngineSession}
 * opens a session there, sends queries, and ends it in the order that loses nothing: shut down, close the requests, end
 * what we offer, wait for the last progress. What the engine may ask of this machine (files, sockets, secrets) is served by
 * the session module over a connection of its own.
 *
 * <p>Callers: {@code org.buildengine.cli} and users' programs. Invariants: a session has one main client, this one; every
 * request carries its metadata; nothing is subscribed before the session exists, and nothing is left open when
 * {@code close} returns.
 */
@NullMarked
package org.buildengine.client;

import org.jspecify.annotations.NullMarked;
