package org.buildengine.cli;

import java.nio.file.Path;
import org.buildengine.client.Attacher;
import org.buildengine.client.GrpcAttacher;
import org.buildengine.session.hostfiles.HostPaths;
import org.buildengine.session.offers.StandardOffers;

/** What this machine offers to an engine: files, secrets and logins, as far as this user may reach them. */
final class HostAttachments {
    private HostAttachments() {}

    /**
     * Offers what this user has.
     *
     * @param workdir the directory that relative paths start at
     * @return makes the offer to an engine
     */
    static Attacher below(Path workdir) {
        // The services are made when they are needed: their classes load beside the start of the user's program.
        return (address, identity) -> {
            Path home = Path.of(System.getProperty("user.home")).toAbsolutePath();
            HostPaths paths = new HostPaths(workdir, home);
            return new GrpcAttacher(StandardOffers.of(paths, System.getenv(), home)).attach(address, identity);
        };
    }
}
