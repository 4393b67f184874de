/**
 * What a daemon is told: {@link org.buildengine.server.config.EngineConfig}, merged from defaults, a JSON file, the
 * environment and flags, in this order. Called by the command line and read by the server.
 *
 * <p>Invariants: an unknown key is refused with the key that was probably meant; every error names the source it comes
 * from; every value knows where it came from.
 */
@NullMarked
package org.buildengine.server.config;

import org.jspecify.annotations.NullMarked;
