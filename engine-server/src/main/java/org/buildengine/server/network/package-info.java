/**
 * How executions reach the network: a setting of the daemon. The exec package joins a Network for each execution, and
 * gets an Endpoint with the namespace and the files that tell a container about names; nothing else here is visible to
 * it.
 *
 * <p>The bridge: a BridgeNetwork owns one Bridge (a link of the kernel with the gateway's address, and a table of packet
 * filters) and the ReadyPorts on it. Links and Firewall say in the kernel's words what is to be done; NetlinkRequest and
 * NetlinkMessage write and read those words.
 *
 * <p>Invariants: two executions never have a namespace at the same time; what an execution did to its namespace is never
 * seen by another; nothing of a network is in a file of the host; what is on the host carries the id of the daemon's
 * root directory, and is gone after the network was closed, or after the next daemon of that root opened its own.
 */
@NullMarked
package org.buildengine.server.network;

import org.jspecify.annotations.NullMarked;
