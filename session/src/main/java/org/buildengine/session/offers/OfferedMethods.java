package org.buildengine.session.offers;

import java.util.List;

/**
 * The names of the methods of {@link StandardOffers} and of the health service, as an offer announces them. They are written
 * down here because asking the services themselves means to load all of gRPC.
 */
public final class OfferedMethods {
    /** {@code package.Service/Method} of each. */
    public static final List<String> STANDARD = List.of(
            "moby.filesync.v1.FileSync/DiffCopy",
            "buildengine.session.v1.HostTree/Read",
            "moby.filesync.v1.FileSend/DiffCopy",
            "moby.buildkit.secrets.v1.Secrets/GetSecret",
            "moby.filesync.v1.Auth/Credentials",
            "grpc.health.v1.Health/Check",
            "grpc.health.v1.Health/Watch");

    private OfferedMethods() {}
}
