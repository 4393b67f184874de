package org.buildengine.server.core;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.buildengine.server.registry.ImageConfig;
import org.buildengine.server.registry.ImageReference;
import org.buildengine.server.registry.Platform;
import org.buildengine.server.registry.ResolvedImage;
import org.buildengine.server.source.ImageSource;
import org.buildengine.solver.op.Vertex;

/** {@code Container.from}: takes over an image. The registry is asked at once, its layers are fetched when needed. */
final class ContainerFromFields {
    private final Facilities facilities;

    private ContainerFromFields(Facilities facilities) {
        this.facilities = facilities;
    }

    static void register(FieldRegistry registry, Facilities facilities) {
        registry.field("Container", "from", new ContainerFromFields(facilities)::from);
    }

    /** What an image name means within one session. */
    private record ImageKey(String reference, Platform platform) {}

    private Container from(Call call) throws Exception {
        if (call.optionalText("registryService").isPresent()) {
            throw new ApiException("UNSUPPORTED", "not supported by this engine: Container.from(registryService:)");
        }
        Container container = call.receiver(Container.class);
        Platform platform = Platform.parse(container.platform());
        ResolvedImage image;
        try {
            ImageReference reference = ImageReference.parse(call.text("address"));
            image = call.client()
                    .session()
                    .once(
                            new ImageKey(reference.toString(), platform),
                            () -> facilities.images().resolve(reference, platform, call.client()));
        } catch (IOException e) {
            throw Reading.caused(new ApiException("NOT_FOUND", Reading.message(e)), e);
        }
        return container.from(
                image.platform().toString(),
                Vertex.of(ImageSource.op(image)).output(0),
                config(image.config()),
                image.name().toString());
    }

    private static ContainerConfig config(ImageConfig image) {
        SortedMap<String, Port> ports = new TreeMap<>();
        for (String exposed : image.exposedPorts()) {
            port(exposed)
                    .ifPresent(port -> ports.put(ContainerConfigFields.portKey(port.port(), port.protocol()), port));
        }
        return new ContainerConfig(
                image.env(),
                image.entrypoint(),
                image.cmd(),
                image.workdir(),
                image.user(),
                new TreeMap<>(image.labels()),
                ports,
                image.healthcheck().flatMap(ContainerFromFields::healthcheck),
                image.volumes(),
                image.shell(),
                image.stopSignal(),
                image.onBuild());
    }

    private static Optional<Port> port(String exposed) {
        String[] parts = exposed.split("/", -1);
        if (!parts[0].matches("[0-9]{1,5}")) {
            return Optional.empty();
        }
        String protocol = parts.length > 1 ? parts[1].toUpperCase(Locale.ROOT) : "TCP";
        return Optional.of(new Port(Long.parseLong(parts[0]), protocol, Optional.empty(), false));
    }

    private static Optional<HealthcheckConfig> healthcheck(ImageConfig.Healthcheck check) {
        if (check.test().isEmpty() || check.test().getFirst().equals("NONE")) {
            return Optional.empty();
        }
        return Optional.of(new HealthcheckConfig(
                check.test().subList(1, check.test().size()),
                check.test().getFirst().equals("CMD-SHELL"),
                check.interval(),
                check.timeout(),
                check.startPeriod(),
                check.startInterval(),
                check.retries()));
    }
}
