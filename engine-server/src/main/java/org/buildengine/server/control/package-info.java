/**
 * The gRPC door: what BuildKit's control service says about this engine. Dagger's command line asks it first.
 */
@NullMarked
package org.buildengine.server.control;

import org.jspecify.annotations.NullMarked;
