package org.buildengine.server.core;

/** Registers every field of the API that this package implements. */
public final class CoreFields {
    private CoreFields() {}

    /** Registers the fields; to be called once, at start. */
    public static void register(FieldRegistry registry, Facilities facilities) {
        QueryFields.register(registry, facilities);
        ContainerConfigFields.register(registry);
        ContainerFromFields.register(registry, facilities);
        ContainerFileFields.register(registry, facilities);
        ContainerMountFields.register(registry, facilities);
        ContainerExecFields.register(registry, facilities);
        DirectoryFields.register(registry);
        DirectoryReadFields.register(registry, facilities);
        FileFields.register(registry, facilities);
        HostFields.register(registry, facilities);
        SecretFields.register(registry, facilities);
        EngineFields.register(registry, facilities);
        BuildFields.register(registry, facilities);
        ValueFields.register(registry);
    }
}
