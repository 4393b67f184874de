/**
 * Images in registries: how they are named, what their documents say, and how their bytes are fetched. Callers are the
 * sources and the API's {@code Container.from}; both speak to {@link org.buildengine.server.registry.ImageResolver} and
 * {@link org.buildengine.server.registry.RegistryClient}.
 *
 * <p>Invariants: no byte is passed on as part of a finished object before its digest and its size were checked; a
 * credential is sent only after a registry asked for it and never to another host than the one it belongs to or the
 * token server which that host names; every request has a deadline.
 */
@NullMarked
package org.buildengine.server.registry;

import org.jspecify.annotations.NullMarked;
