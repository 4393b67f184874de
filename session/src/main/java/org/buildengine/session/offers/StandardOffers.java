package org.buildengine.session.offers;

import io.grpc.ServerServiceDefinition;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.buildengine.session.hostfiles.ClientExports;
import org.buildengine.session.hostfiles.ClientFiles;
import org.buildengine.session.hostfiles.ClientTrees;
import org.buildengine.session.hostfiles.HostPaths;

/** Everything that a client in front of a person offers: files to read and write, secrets, logins. */
public final class StandardOffers {
    private StandardOffers() {}

    /** The services of this process: its working directory, its user's home, its environment. */
    public static List<ServerServiceDefinition> ofProcess() {
        Path home = Path.of(System.getProperty("user.home")).toAbsolutePath();
        return of(HostPaths.ofProcess(), System.getenv(), home);
    }

    /** The services with everything given. */
    public static List<ServerServiceDefinition> of(HostPaths paths, Map<String, String> environment, Path home) {
        return List.of(
                new ClientFiles(paths).service(),
                new ClientTrees(paths).service(),
                new ClientExports(paths).service(),
                new ClientSecrets(paths, environment).service(),
                new ClientLogins(ClientLogins.usualPlace(environment, home)).service());
    }
}
