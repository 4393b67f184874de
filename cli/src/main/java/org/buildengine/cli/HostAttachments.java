package org.buildengine.cli;

import java.nio.file.Path;
import org.buildengine.client.Attacher;
import org.buildengine.client.OfferAttacher;
import org.buildengine.session.hostfiles.HostPaths;
import org.buildengine.session.offers.OfferedMethods;
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
        return new OfferAttacher(OfferedMethods.STANDARD, () -> {
            Path home = Path.of(System.getProperty("user.home")).toAbsolutePath();
            return StandardOffers.of(new HostPaths(workdir, home), System.getenv(), home);
        });
    }
}
