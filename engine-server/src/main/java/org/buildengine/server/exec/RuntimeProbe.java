package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.server.network.Namespace;

/** Finds an OCI runtime by running a container with each in turn: what a program says about itself proves nothing. */
final class RuntimeProbe {
    private static final System.Logger LOG = System.getLogger(RuntimeProbe.class.getName());
    private static final Duration COMPILE_DEADLINE = Duration.ofSeconds(10);
    /** Size of an instruction of the kernel's filters. */
    private static final int INSTRUCTION = 8;

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

    /** The runtime that works here, which the caller closes; what was tried is added to {@code findings}. */
    Optional<OciRuntime> choose(List<ExecEnvironment.Finding> findings) throws IOException {
        boolean init = Files.isExecutable(settings.init());
        if (!init) {
            findings.add(new ExecEnvironment.Finding(
                    "init process", false, settings.init() + " is missing; install tini (apt install tini)"));
        }
        for (OciRuntime.Kind kind : settings.runtime().candidates()) {
            Optional<Path> program = find(kind.program());
            if (program.isEmpty()) {
                findings.add(new ExecEnvironment.Finding(
                        kind.program(), false, "is not installed (apt install " + kind.program() + ")"));
                continue;
            }
            if (!init) {
                continue;
            }
            Optional<OciRuntime> works = choose(kind, program.get(), findings);
            if (works.isPresent()) {
                return works;
            }
        }
        return Optional.empty();
    }

    /** The runtime as a sealed copy, or else, should that not work here, as it was installed. */
    private Optional<OciRuntime> choose(OciRuntime.Kind kind, Path installed, List<ExecEnvironment.Finding> findings)
            throws IOException {
        Optional<RuntimeProgram> copy = RuntimeProgram.sealed(installed, run);
        if (copy.isPresent()) {
            var found = new ArrayList<ExecEnvironment.Finding>();
            Optional<OciRuntime> works = choose(kind, copy.get(), found);
            if (works.isPresent()) {
                findings.addAll(found);
                return works;
            }
            copy.get().close();
        }
        return choose(kind, RuntimeProgram.installed(installed), findings);
    }

    private Optional<OciRuntime> choose(
            OciRuntime.Kind kind, RuntimeProgram program, List<ExecEnvironment.Finding> findings) {
        for (OciRuntime.Style style : styles(kind)) {
            var runtime = new OciRuntime(kind, program, style);
            Optional<String> refusal = attempt(runtime);
            findings.add(new ExecEnvironment.Finding(
                    kind.program() + " " + style.text(), refusal.isEmpty(), refusal.orElse("runs a container")));
            if (refusal.isEmpty()) {
                return Optional.of(runtime);
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
        try (Bundle bundle = bundle(runtime)) {
            return attempt(runtime, bundle);
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** A bundle whose command says the version of the init process. */
    private Bundle bundle(OciRuntime runtime) throws IOException {
        Bundle bundle = Bundle.create(run);
        try {
            fill(bundle, runtime);
            return bundle;
        } catch (IOException e) {
            bundle.close();
            throw e;
        }
    }

    private void fill(Bundle bundle, OciRuntime runtime) throws IOException {
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
                settings.network().ownNamespace() ? new Namespace.Fresh() : new Namespace.Shared(),
                cgroups.unified(),
                false,
                false,
                runtime.managesCgroup() ? Optional.of(cgroups.containerPath(bundle.id())) : Optional.empty());
        bundle.write("config.json", specs.build(spec));
    }

    /**
     * The filter of system calls as the runtime compiles it: crun leaves it with the state of a container. Compiling it
     * takes longer than everything else that crun does for a container (11 of 19 ms of processor time), and it is the same
     * for all of them. Empty if the runtime is another, or does not leave it.
     */
    Optional<byte[]> compiledFilter(OciRuntime runtime) {
        if (runtime.kind() != OciRuntime.Kind.CRUN) {
            return Optional.empty();
        }
        try (Bundle bundle = bundle(runtime)) {
            return compiledFilter(runtime, bundle);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "crun compiles its filter for each container", e);
            return Optional.empty();
        }
    }

    private Optional<byte[]> compiledFilter(OciRuntime runtime, Bundle bundle) throws IOException {
        ControlGroup cgroup = runtime.cgroup(cgroups, bundle.id());
        try {
            List<String> create = runtime.createCommand(bundle, cgroup, cgroups.deviceGroup());
            // The container keeps the outputs that it is given: a pipe would stay open as long as it lives.
            var process = new ProcessBuilder(create)
                    .redirectInput(new java.io.File("/dev/null"))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(COMPILE_DEADLINE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Optional.empty();
            }
            Path filter = bundle.state().resolve(bundle.id()).resolve("seccomp.bpf");
            if (process.exitValue() != 0 || !Files.exists(filter)) {
                return Optional.empty();
            }
            byte[] program = Files.readAllBytes(filter);
            return program.length == 0 || program.length % INSTRUCTION != 0 ? Optional.empty() : Optional.of(program);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } finally {
            cgroup.destroy(Duration.ofSeconds(5));
            cgroups.removeTraces(bundle.id());
        }
    }

    private Optional<String> attempt(OciRuntime runtime, Bundle bundle) throws IOException {
        ControlGroup cgroup = runtime.cgroup(cgroups, bundle.id());
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
