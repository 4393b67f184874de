/**
 * The daemon's life cycle and nothing else: {@link org.buildengine.server.DaggerSession} and
 * {@link org.buildengine.server.DaggerClient} hold what belongs to one session and one client, the server owns the
 * rest. The concepts live in the packages below.
 */
@NullMarked
package org.buildengine.server;

import org.jspecify.annotations.NullMarked;
