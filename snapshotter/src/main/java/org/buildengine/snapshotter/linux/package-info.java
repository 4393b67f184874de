/**
 * System calls that the Java library does not have, and the threads they may be made on. The only package of the module
 * that uses the foreign function interface. Files and mounts are for the packages beside it; network namespaces and
 * netlink sockets are here because native calls are made nowhere else, and are for the engine's network package.
 *
 * <p>Invariants: a call that can block never runs on a virtual thread, since a native frame pins its carrier; every entry
 * checks that, and {@link org.buildengine.snapshotter.linux.NativeThreads} is the way in for virtual threads. The error
 * number is captured with the call that set it. Paths are handed to the kernel as UTF-8, whatever the locale.
 */
@NullMarked
package org.buildengine.snapshotter.linux;

import org.jspecify.annotations.NullMarked;
