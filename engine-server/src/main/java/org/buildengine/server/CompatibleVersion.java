package org.buildengine.server;

import org.buildengine.session.ClientVersion;

/** The version of Dagger's API and protocol that this engine speaks; what clients are told, and measured against. */
public final class CompatibleVersion {
    /** As clients expect it: a semantic version, for they refuse anything else. */
    public static final String TEXT = "v0.21.8";

    /** The same, made comparable. */
    public static final ClientVersion VERSION = new ClientVersion(0, 21, 8, "");

    private CompatibleVersion() {}
}
