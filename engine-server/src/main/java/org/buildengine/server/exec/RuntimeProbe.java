package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Finds an OCI runtime by running a container with each in turn: what a program says about itself proves nothing. */
final class RuntimeProbe {
    private static final List<String> PLACES =
            List.of("/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin", "/bin");

    private final ExecSettings settings;
    private final Path run;
    private final ControlGroups cgroups;
    private final SpecBuilder specs;
    private final boolean ownMounts;

    RuntimeProbe(ExecSettings settings, Path run, ControlGroups cgroups, SpecBuilder specs, boolean ownMounts) {
        this.settings = settings;
        this.run = run;
        this.cgroups = cgroups;
        this.specs = specs;
        this.ownMounts = ownMounts;
    }

    Optional<OciRuntime> choose(List<ExecEnvironment.Finding> findings) {
        if (!Files.isExecutable(settings.init())) {
            findings.add(new ExecEnvironment.Finding(
                    "init process", false, settings.init() + " is missing; install tini (apt install tini)"));
            return Optional.empty();
        }
        for (OciRuntime.Kind kind : settings.runtime().candidates()) {
            Optional<Path> program = find(kind.program());
            if (program.isEmpty()) {
                findings.add(new ExecEnvironment.Finding(
                        kind.program(), false, "is not installed (apt install " + kind.program() + ")"));
                continue;
            }
            for (OciRuntime.Style style : styles(kind)) {
                var runtime = new OciRuntime(kind, program.get(), style);
                Optional<String> refusal = attempt(runtime);
                findings.add(new ExecEnvironment.Finding(
                        kind.program() + " " + style.text(), refusal.isEmpty(), refusal.orElse("runs a container")));
                if (refusal.isEmpty()) {
                    return Optional.of(runtime);
                }
            }
        }
        return Optional.empty();
    }

    private List<OciRuntime.Style> styles(OciRuntime.Kind kind) {
        if (kind == OciRuntime.Kind.RUNC) {
            return List.of(OciRuntime.Style.MANAGES);
        }
        // Only a devices rule of version 1 holds for a container that stays in our cgroup; elsewhere crun sets its own.
        boolean guarded = cgroups.deviceGroup().isPresent();
        if (cgroups.unified()) {
            return guarded
                    ? List.of(OciRuntime.Style.STAYS)
                    : List.of(OciRuntime.Style.MANAGES, OciRuntime.Style.STAYS);
        }
        return ownMounts
                ? List.of(OciRuntime.Style.STAYS)
                : List.of(OciRuntime.Style.STAYS, OciRuntime.Style.STAYS_COVERED);
    }

    private static Optional<Path> find(String program) {
        return PLACES.stream()
                .map(place -> Path.of(place, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Why it does not work, or empty. */
    private Optional<String> attempt(OciRuntime runtime) {
        String id = ContainerProcess.newId();
        try (Bundle bundle = Bundle.create(run, id)) {
            Path root = Files.createDirectory(bundle.directory().resolve("rootfs"));
            Files.copy(settings.init(), root.resolve("init"), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
            var spec = new ContainerSpec(
                    root,
                    List.of("/init", "--version"),
                    List.of("PATH=/"),
                    "/",
                    new Identity(0, 0, List.of(), "/"),
                    "probe",
                    List.of(),
                    Optional.empty(),
                    settings.network().ownNamespace(),
                    cgroups.unified(),
                    false,
                    false,
                    runtime.managesCgroup() ? Optional.of(cgroups.containerPath(id)) : Optional.empty());
            bundle.write("config.json", specs.build(spec));
            return attempt(runtime, bundle);
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private Optional<String> attempt(OciRuntime runtime, Bundle bundle) throws IOException {
        ControlGroup cgroup = ContainerProcess.cgroup(cgroups, runtime, bundle.id());
        try {
            Shell.Outcome outcome = Shell.attempt(runtime.command(bundle, cgroup, cgroups.deviceGroup()));
            if (outcome.exitCode() == 0 && outcome.output().contains("tini")) {
                return Optional.empty();
            }
            String reason = ContainerProcess.runtimeErrors(bundle);
            return Optional.of(
                    "ended with " + outcome.exitCode() + ": " + (reason.isEmpty() ? outcome.output() : reason));
        } finally {
            cgroup.destroy(Duration.ofSeconds(5));
            cgroups.removeTraces(bundle.id());
        }
    }
}
