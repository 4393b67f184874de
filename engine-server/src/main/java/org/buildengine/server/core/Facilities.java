package org.buildengine.server.core;

import org.buildengine.server.cache.LocalCache;
import org.buildengine.server.registry.Platform;
import org.buildengine.snapshotter.Snapshotter;

/**
 * What the fields need of the engine.
 *
 * @param snapshotter reads the trees that were made
 * @param version what clients are told the engine's version is, with its leading {@code v}
 * @param platform the default platform
 * @param images resolves names of images
 * @param hosts reaches the machines of clients
 * @param sessions what each session remembers
 * @param engineName the engine's name, for people
 * @param cache what the engine keeps on disk
 * @param builds what is kept of builds
 */
public record Facilities(
        Snapshotter snapshotter,
        String version,
        Platform platform,
        Images images,
        Hosts hosts,
        SessionStates sessions,
        String engineName,
        LocalCache cache,
        Builds builds) {}
