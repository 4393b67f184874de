package org.buildengine.server.exec;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.server.memory.MemoryKills;
import org.buildengine.server.network.Endpoint;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.ExecMount;

/** One execution, from its operation to its output. Used once, by one thread. Closing gives everything back. */
final class Execution implements Closeable {
    private static final String HOSTNAME = "dagger";
    private static final String DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final int MAX_ACCOUNT_FILE = 4 << 20;
    private static final int KILLED = 137;

    private final ExecEnvironment environment;
    private final Endpoint endpoint;
    private final Snapshotter snapshotter;
    private final ExecOp op;
    private final OpRunner.Run run;
    private final CancelGuard guard;
    private final OciRuntime runtime;
    private final ExecSecrets secrets;
    private final ExecMounts mounts;
    private final Launch launch;
    private final Bundle bundle;
    private boolean ended;

    Execution(
            ExecEnvironment environment,
            Endpoint endpoint,
            Snapshotter snapshotter,
            ExecOp op,
            List<Snapshot> inputs,
            OpRunner.Run run,
            CancelGuard guard)
            throws IOException {
        this.environment = environment;
        this.endpoint = endpoint;
        this.snapshotter = snapshotter;
        this.op = op;
        this.run = run;
        this.guard = guard;
        this.runtime = environment.runtime();
        if (!op.stdin().isEmpty() && !op.redirectStdin().isEmpty()) {
            throw new IllegalArgumentException("cannot set both stdin and redirectStdin");
        }
        this.secrets = ExecSecrets.fetch(op, run);
        this.launch = environment.launch(op.insecure());
        this.bundle = launch.bundle();
        try {
            this.mounts = new ExecMounts(snapshotter, inputs, environment.underlay());
        } catch (IOException e) {
            launch.close();
            throw e;
        }
    }

    OpRunner.Output run() throws ExecFailure, IOException, InterruptedException {
        mountAll();
        Identity user = user();
        List<String> env = env(user);
        environment.argumentSize().check(op.args(), env);
        var blobs = new HashSet<Digest>();
        try (ExecOutput output = new ExecOutput(
                run,
                snapshotter.blobs(),
                secrets.values(),
                copy(op.redirectStdout(), user),
                copy(op.redirectStderr(), user))) {
            mounts.workingDirectory(op.cwd(), user);
            String note = "";
            int exitCode;
            Optional<String> refusal = CommandLookup.refusal(op.args().getFirst(), op.cwd(), env, mounts.paths());
            if (refusal.isPresent()) {
                output.add(2, (refusal.get() + "\n").getBytes(StandardCharsets.UTF_8));
                exitCode = CommandLookup.EXIT_CODE;
            } else {
                Ended ended = inContainer(user, env, output);
                exitCode = ended.exitCode();
                note = ended.note();
            }
            output.finish();
            if (!op.expect().accepts(exitCode)) {
                throw new ExecFailure(
                        "exit code: " + exitCode + note, op.args(), exitCode, output.stdoutTail(), output.stderrTail());
            }
            Map<String, String> facts = output.keep(blobs);
            facts.put(ExecOp.Facts.EXIT_CODE, Integer.toString(exitCode));
            guard.shield();
            List<Snapshot> outputs = mounts.seal(op, run::cancelled);
            ended = true;
            return new OpRunner.Output(outputs, Optional.empty(), facts, blobs);
        }
    }

    private void mountAll() throws IOException {
        for (String target : Underlay.VIRTUAL) {
            mounts.virtual(target);
        }
        Path resolvConf =
                bundle.write("resolv.conf", endpoint.resolvConf().getBytes(StandardCharsets.UTF_8), 0644, 0, 0);
        Path hosts = bundle.write("hosts", endpoint.hosts(HOSTNAME).getBytes(StandardCharsets.UTF_8), 0644, 0, 0);
        mounts.engineFile(Underlay.RESOLV_CONF, resolvConf);
        mounts.engineFile(Underlay.HOSTS, hosts);
        Map<ExecMount, Path> secretFiles = secrets.writeFiles(bundle);
        for (ExecMount mount : op.mounts()) {
            mounts.mount(mount, secretFiles);
        }
    }

    private Identity user() throws ExecFailure, IOException {
        try {
            return environment.identities().find(op.user(), accounts("/etc/passwd"), accounts("/etc/group"));
        } catch (Identity.UnknownException e) {
            throw new ExecFailure("get user: " + e.getMessage(), op.args(), ExecFailure.NO_EXIT_CODE, "", "");
        }
    }

    private String accounts(String path) throws IOException {
        return ContainerPaths.read(mounts.paths().locate(path), MAX_ACCOUNT_FILE)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .orElse("");
    }

    private List<String> env(Identity user) {
        var env = new ArrayList<>(op.env());
        if (env.stream().noneMatch(variable -> variable.startsWith("PATH="))) {
            env.addFirst(DEFAULT_PATH);
        }
        if (env.stream().noneMatch(variable -> variable.startsWith("HOME="))) {
            env.add("HOME=" + user.home());
        }
        env.addAll(secrets.env());
        return env;
    }

    /** The file that gets a copy of an output, new and empty. */
    private Optional<SeekableByteChannel> copy(String path, Identity owner) throws IOException {
        if (path.isEmpty()) {
            return Optional.empty();
        }
        ContainerPaths.Place place = mounts.paths().locate(path);
        SeekableByteChannel channel = ContainerPaths.open(
                place,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            ContainerPaths.own(place, owner.uid(), owner.gid());
            return Optional.of(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private Optional<InputStream> stdin() throws IOException {
        if (!op.stdin().isEmpty()) {
            return Optional.of(new ByteArrayInputStream(op.stdin().getBytes(StandardCharsets.UTF_8)));
        }
        if (op.redirectStdin().isEmpty()) {
            return Optional.empty();
        }
        ContainerPaths.Place place = mounts.paths().locate(op.redirectStdin());
        var found = ContainerPaths.look(place);
        if (found.isEmpty()) {
            throw new IOException(
                    "cannot open " + op.redirectStdin() + " as standard input: no such file or directory");
        }
        if (!found.get().isRegularFile()) {
            throw new IOException("cannot open " + op.redirectStdin() + " as standard input: it is not a file");
        }
        return Optional.of(Channels.newInputStream(ContainerPaths.open(place, Set.of(StandardOpenOption.READ))));
    }

    private record Ended(int exitCode, String note) {}

    private Ended inContainer(Identity user, List<String> env, ExecOutput output)
            throws IOException, InterruptedException {
        bundle.write("config.json", environment.specs().build(spec(user, env)));
        try (ContainerProcess container = ContainerProcess.start(launch, stdin())) {
            guard.killBy(container::kill);
            try {
                return follow(container, output);
            } finally {
                if (run.cancelled()) {
                    guard.shield();
                }
            }
        }
    }

    private Ended follow(ContainerProcess container, ExecOutput output) throws IOException, InterruptedException {
        long killsBefore = environment.memoryKills().map(MemoryKills::count).orElse(0L);
        for (var chunk = container.next(); chunk.isPresent(); chunk = container.next()) {
            output.add(chunk.get().stream(), chunk.get().bytes());
        }
        int exitCode = container.exitCode();
        if (run.cancelled()) {
            throw new InterruptedException("cancelled");
        }
        if (exitCode != 0) {
            String errors = ContainerProcess.runtimeErrors(bundle);
            if (!errors.isEmpty()) {
                throw new IOException(runtime.kind().program() + " could not run the command: " + errors);
            }
        }
        return new Ended(exitCode, exitCode == 0 ? "" : memoryNote(exitCode, killsBefore));
    }

    /** A cgroup that counts tells also of children of the command; a count of all executions says nothing of one that was not killed. */
    private String memoryNote(int exitCode, long killsBefore) {
        if (environment.memoryKills().isEmpty()) {
            return launch.cgroup().memoryNote();
        }
        return exitCode == KILLED ? environment.memoryKills().get().since(killsBefore) : "";
    }

    private ContainerSpec spec(Identity user, List<String> env) {
        ControlGroups cgroups = environment.cgroups();
        return new ContainerSpec(
                mounts.root(),
                op.args(),
                env,
                op.cwd(),
                user,
                HOSTNAME,
                mounts.list(),
                op.noInit()
                        ? Optional.empty()
                        : Optional.of(environment.settings().init()),
                endpoint.namespace(),
                cgroups.unified(),
                op.insecure(),
                runtime.managesCgroup() || cgroups.deviceGroup().isPresent(),
                runtime.managesCgroup() ? Optional.of(cgroups.containerPath(bundle.id())) : Optional.empty());
    }

    /** What runs has ended when this returns. Of a failure everything is gone then, of a success it goes soon after. */
    @Override
    public void close() throws IOException {
        guard.shield();
        secrets.forget();
        if (ended) {
            environment.closeLater(this::clear);
        } else {
            clear();
        }
    }

    private void clear() throws IOException {
        try (launch) {
            mounts.close();
        }
    }
}
