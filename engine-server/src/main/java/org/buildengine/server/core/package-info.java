/**
 * The objects of the API as immutable values: a container, a directory, a file describe work as solver vertices and do
 * none of it. What needs data goes through a {@link org.buildengine.server.core.Call}.
 */
@NullMarked
package org.buildengine.server.core;

import org.jspecify.annotations.NullMarked;
