package org.buildengine.server.registry;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a repository is asked for.
 *
 * @param base URL below which {@code /v2/} lies, without a slash at the end
 * @param credentialHost host whose login counts here
 */
record Endpoint(URI base, String credentialHost) {
    /** Mirrors first, the registry itself last. */
    static List<Endpoint> of(String host, RegistrySettings settings) {
        var endpoints = new ArrayList<Endpoint>();
        for (URI mirror : settings.mirrors().getOrDefault(host, List.of())) {
            URI base = mirror.getScheme() == null || mirror.getAuthority() == null
                    ? byHost(mirror.toString().replaceFirst("^//", ""), settings)
                    : URI.create(mirror.toString().replaceFirst("/+$", ""));
            endpoints.add(new Endpoint(base, base.getAuthority()));
        }
        String upstream = host.equals("docker.io") ? "registry-1.docker.io" : host;
        endpoints.add(new Endpoint(byHost(upstream, settings), host));
        return endpoints;
    }

    private static URI byHost(String host, RegistrySettings settings) {
        String authority = host.replaceFirst("/.*$", "");
        return URI.create((settings.plain(authority) ? "http://" : "https://") + host);
    }

    URI manifest(ImageReference reference) {
        return URI.create(base + "/v2/" + reference.repository() + "/manifests/" + reference.selector());
    }

    URI blob(ImageReference reference, Descriptor blob) {
        return URI.create(base + "/v2/" + reference.repository() + "/blobs/" + blob.digest());
    }
}
