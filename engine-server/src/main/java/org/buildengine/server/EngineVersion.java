package org.buildengine.server;

/** The version of this engine, which is not the one that clients of its API are told ({@link CompatibleVersion}). */
public final class EngineVersion {
    /** As the build stamped it into the jar; {@code development} outside one. */
    public static final String TEXT = java.util.Optional.ofNullable(
                    EngineVersion.class.getPackage().getImplementationVersion())
            .orElse("development");

    private EngineVersion() {}
}
