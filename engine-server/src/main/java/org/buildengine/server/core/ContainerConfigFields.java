package org.buildengine.server.core;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Fields of {@code Container} that read or change how it is run. */
final class ContainerConfigFields {
    private static final String CHANGED = "Image reference can only be retrieved immediately after the 'Container.From'"
            + " call. Error in fetching imageRef as the container image is changed";

    private ContainerConfigFields() {}

    static void register(FieldRegistry registry) {
        registerChanges(registry);
        registerPorts(registry);
        registry.field("Container", "envVariables", ContainerConfigFields::envVariables);
        registry.field("Container", "envVariable", ContainerConfigFields::envVariable);
        registry.field("Container", "labels", ContainerConfigFields::labels);
        registry.field("Container", "label", ContainerConfigFields::label);
        registry.field("Container", "workdir", call -> settled(call).config().workdir());
        registry.field("Container", "user", call -> settled(call).config().user());
        registry.field("Container", "entrypoint", call -> settled(call).config().entrypoint());
        registry.field(
                "Container", "defaultArgs", call -> settled(call).config().cmd());
        registry.field("Container", "platform", call -> settled(call).platform());
        registry.field("Container", "imageRef", ContainerConfigFields::imageRef);
    }

    private static void registerChanges(FieldRegistry registry) {
        registry.field("Container", "withEnvVariable", ContainerConfigFields::withEnvVariable);
        registry.field(
                "Container",
                "withoutEnvVariable",
                call -> with(call, config(call).withoutVariable(call.text("name"))));
        registry.field("Container", "withWorkdir", ContainerConfigFields::withWorkdir);
        registry.field(
                "Container", "withoutWorkdir", call -> with(call, config(call).withWorkdir("")));
        registry.field("Container", "withUser", call -> with(call, config(call).withUser(call.text("name"))));
        registry.field(
                "Container", "withoutUser", call -> with(call, config(call).withUser("")));
        registry.field("Container", "withEntrypoint", call -> withEntrypoint(call, call.texts("args")));
        registry.field("Container", "withoutEntrypoint", call -> withEntrypoint(call, List.of()));
        registry.field(
                "Container", "withDefaultArgs", call -> with(call, config(call).withCmd(call.texts("args"))));
        registry.field(
                "Container",
                "withoutDefaultArgs",
                call -> with(call, config(call).withCmd(List.of())));
        registry.field("Container", "withLabel", ContainerConfigFields::withLabel);
        registry.field("Container", "withoutLabel", ContainerConfigFields::withoutLabel);
    }

    private static void registerPorts(FieldRegistry registry) {
        registry.field("Container", "withExposedPort", ContainerConfigFields::withExposedPort);
        registry.field("Container", "withoutExposedPort", ContainerConfigFields::withoutExposedPort);
        registry.field("Container", "exposedPorts", ContainerConfigFields::exposedPorts);
        registry.field("Container", "withDockerHealthcheck", ContainerConfigFields::withDockerHealthcheck);
        registry.field(
                "Container",
                "withoutDockerHealthcheck",
                call -> with(call, config(call).withHealthcheck(Optional.empty())));
        registry.field("Container", "dockerHealthcheck", ContainerConfigFields::dockerHealthcheck);
    }

    private static Container self(Call call) {
        return call.receiver(Container.class);
    }

    private static ContainerConfig config(Call call) {
        return self(call).config();
    }

    private static Container with(Call call, ContainerConfig changed) {
        return self(call).withConfig(changed);
    }

    /** The receiver, after all that it describes was run: what fails there shows at every value that is read. */
    private static Container settled(Call call) throws ApiException, InterruptedException {
        Reading.settle(call, self(call));
        return self(call);
    }

    private static Container withEnvVariable(Call call) throws ApiException {
        String value = call.text("value");
        if (call.flag("expand")) {
            value = self(call).expansion().expand(value);
        }
        String name = call.text("name");
        CText.checkVariable(name);
        CText.check("an environment variable", value);
        return with(call, config(call).withVariable(name, value));
    }

    private static List<EnvVariable> envVariables(Call call) throws ApiException, InterruptedException {
        return settled(call).config().variables().entrySet().stream()
                .map(variable -> new EnvVariable(variable.getKey(), variable.getValue()))
                .toList();
    }

    private static @Nullable String envVariable(Call call) throws ApiException, InterruptedException {
        return settled(call).config().variables().get(call.text("name"));
    }

    private static Container withWorkdir(Call call) throws ApiException {
        String path = call.text("path");
        if (call.flag("expand")) {
            path = self(call).expansion().expand(path);
        }
        return with(call, config(call).withWorkdir(self(call).absolute(path)));
    }

    private static Container withEntrypoint(Call call, List<String> args) {
        ContainerConfig changed = config(call).withEntrypoint(args);
        return with(call, call.flag("keepDefaultArgs") ? changed : changed.withCmd(List.of()));
    }

    private static Container withLabel(Call call) {
        return with(call, config(call).withLabels(labels -> {
            labels.put(call.text("name"), call.text("value"));
            return labels;
        }));
    }

    private static Container withoutLabel(Call call) {
        return with(call, config(call).withLabels(labels -> {
            labels.remove(call.text("name"));
            return labels;
        }));
    }

    private static List<Label> labels(Call call) throws ApiException, InterruptedException {
        return settled(call).config().labels().entrySet().stream()
                .map(label -> new Label(label.getKey(), label.getValue()))
                .toList();
    }

    private static @Nullable String label(Call call) throws ApiException, InterruptedException {
        return settled(call).config().labels().get(call.text("name"));
    }

    private static Container withExposedPort(Call call) {
        Optional<String> description =
                call.has("description") ? Optional.of(call.text("description")) : Optional.empty();
        Port port = new Port(
                call.number("port"), call.text("protocol"), description, call.flag("experimentalSkipHealthcheck"));
        return with(call, config(call).withPorts(ports -> {
            ports.put(portKey(port.port(), port.protocol()), port);
            return ports;
        }));
    }

    private static Container withoutExposedPort(Call call) {
        return with(call, config(call).withPorts(ports -> {
            ports.remove(portKey(call.number("port"), call.text("protocol")));
            return ports;
        }));
    }

    /** The name under which a port is kept, as images write it. */
    static String portKey(long port, String protocol) {
        return port + "/" + protocol.toLowerCase(Locale.ROOT);
    }

    private static List<Port> exposedPorts(Call call) throws ApiException, InterruptedException {
        Map<Long, List<Port>> byNumber = new TreeMap<>();
        for (Port port : settled(call).config().ports().values()) {
            byNumber.merge(
                    port.port(),
                    List.of(port),
                    (a, b) -> java.util.stream.Stream.concat(a.stream(), b.stream())
                            .toList());
        }
        return byNumber.values().stream().flatMap(List::stream).toList();
    }

    private static Container withDockerHealthcheck(Call call) throws ApiException {
        List<String> args = call.texts("args");
        boolean shell = call.has("shell") && call.flag("shell");
        if (shell && args.size() != 1) {
            throw new ApiException(
                    "INVALID_ARGUMENT",
                    "a health check for the shell has exactly one element in args, not " + args.size());
        }
        HealthcheckConfig check = new HealthcheckConfig(
                args,
                shell,
                duration(call, "interval"),
                duration(call, "timeout"),
                duration(call, "startPeriod"),
                duration(call, "startInterval"),
                call.has("retries") ? call.number("retries") : 0);
        return with(call, config(call).withHealthcheck(Optional.of(check)));
    }

    private static Duration duration(Call call, String argument) throws ApiException {
        Optional<String> text = call.optionalText(argument);
        return text.isPresent() ? GoDuration.parse(text.get()) : Duration.ZERO;
    }

    private static @Nullable HealthcheckConfig dockerHealthcheck(Call call) throws ApiException, InterruptedException {
        return settled(call).config().healthcheck().orElse(null);
    }

    private static String imageRef(Call call) throws ApiException {
        return self(call).imageRef().orElseThrow(() -> new ApiException("IMAGE_CHANGED", CHANGED));
    }
}
