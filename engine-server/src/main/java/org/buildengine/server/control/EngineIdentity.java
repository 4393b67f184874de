package org.buildengine.server.control;

/**
 * How this engine introduces itself.
 *
 * @param name of this daemon, for people; usually the host's
 * @param compatibleVersion the version of Dagger that clients are to take it for
 * @param ownVersion its own version
 */
public record EngineIdentity(String name, String compatibleVersion, String ownVersion) {}
