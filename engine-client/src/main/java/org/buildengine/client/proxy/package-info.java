/**
 * The door for SDKs on this machine: an HTTP/1.1 port on loopback that passes requests on as the session's client.
 *
 * <p>SDKs know a port and a token and nothing else (protocol notes, 7.4 and 7.5). The door opens before the session does,
 * so that the user's program can start at once; its requests wait for the session, and get the reason if it fails.
 * Callers: the command line.
 */
@NullMarked
package org.buildengine.client.proxy;

import org.jspecify.annotations.NullMarked;
