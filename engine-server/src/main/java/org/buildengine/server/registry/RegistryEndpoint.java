package org.buildengine.server.registry;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.buildengine.solver.waiting.Party;

/**
 * Where a repository is asked for.
 *
 * @param base URL below which {@code /v2/} lies, without a slash at the end
 * @param credentialHost host whose login counts here
 * @param registry the registry that it stands for, as images name it
 * @param mirror whether it is not the registry itself
 */
record RegistryEndpoint(URI base, String credentialHost, String registry, boolean mirror) {
    /** Mirrors first, the registry itself last. */
    static List<RegistryEndpoint> of(String host, RegistrySettings settings) {
        var endpoints = new ArrayList<RegistryEndpoint>();
        for (URI mirror : settings.mirrors().getOrDefault(host, List.of())) {
            URI base = mirror.getScheme() == null || mirror.getAuthority() == null
                    ? byHost(mirror.toString().replaceFirst("^//", ""), settings)
                    : URI.create(mirror.toString().replaceFirst("/+$", ""));
            endpoints.add(new RegistryEndpoint(base, base.getAuthority(), host, true));
        }
        String upstream = host.equals("docker.io") ? "registry-1.docker.io" : host;
        endpoints.add(new RegistryEndpoint(byHost(upstream, settings), host, host, false));
        return endpoints;
    }

    private static URI byHost(String host, RegistrySettings settings) {
        String authority = host.replaceFirst("/.*$", "");
        return URI.create((settings.plain(authority) ? "http://" : "https://") + host);
    }

    /** Who is asked by a request to {@code url}: this, or where this sent the engine. */
    Party asked(URI url) {
        String host = url.getAuthority();
        if (!host.equals(base.getAuthority())) {
            return new Party(Party.Kind.REGISTRY, host, registry + " (sent on to " + host + ")");
        }
        return mirror
                ? new Party(Party.Kind.REGISTRY, host, registry + " (mirror " + host + ")")
                : Party.registry(registry);
    }

    URI manifest(ImageReference reference) {
        return URI.create(base + "/v2/" + reference.repository() + "/manifests/" + reference.selector());
    }

    URI blob(ImageReference reference, Descriptor blob) {
        return URI.create(base + "/v2/" + reference.repository() + "/blobs/" + blob.digest());
    }
}
