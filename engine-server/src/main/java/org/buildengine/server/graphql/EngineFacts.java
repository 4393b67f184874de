package org.buildengine.server.graphql;

/**
 * What the door itself answers about the engine.
 *
 * @param version the version of the API that is spoken, as clients expect it, e.g. {@code v0.21.8}
 * @param defaultPlatform platform of the host in its normal form, e.g. {@code linux/amd64}
 */
public record EngineFacts(String version, String defaultPlatform) {}
