package org.buildengine.server.core;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.BlobStore;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.op.ExecOp.Facts;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.jspecify.annotations.Nullable;

/** Fields of {@code Container} that run a command, and that read what the last one left. */
final class ContainerExecFields {
    private static final String NO_COMMAND = "no command has been set";
    private static final long MOST_OUTPUT = 128L << 20;

    private final BlobStore blobs;

    private ContainerExecFields(Facilities facilities) {
        this.blobs = facilities.snapshotter().blobs();
    }

    static void register(FieldRegistry registry, Facilities facilities) {
        var fields = new ContainerExecFields(facilities);
        registry.field("Container", "withExec", ContainerExecFields::withExec);
        registry.field("Container", "withCachePolicy", ContainerExecFields::withCachePolicy);
        registry.field("Container", "stdout", call -> fields.output(call, Facts.STDOUT, Facts.STDOUT_BLOB));
        registry.field("Container", "stderr", call -> fields.output(call, Facts.STDERR, Facts.STDERR_BLOB));
        registry.field("Container", "combinedOutput", call -> fields.output(call, Facts.COMBINED, Facts.COMBINED_BLOB));
        registry.field("Container", "exitCode", ContainerExecFields::exitCode);
        registry.field("Container", "sync", ContainerExecFields::sync);
    }

    private static Container withExec(Call call) throws ApiException {
        if (call.flag("experimentalPrivilegedNesting")) {
            throw new ApiException(
                    "UNSUPPORTED",
                    "not supported by this engine: Container.withExec(experimentalPrivilegedNesting: true)");
        }
        Container container = call.receiver(Container.class);
        List<String> args = commandLine(
                container.config(), expanded(call, container, call.texts("args")), call.flag("useEntrypoint"));
        return new ExecPlan(container, call).apply(args);
    }

    private static Container withCachePolicy(Call call) throws ApiException {
        Optional<String> time = call.optionalText("timeToLive");
        String policy = call.text("policy");
        if (time.isPresent() && !policy.equals("Default")) {
            throw new ApiException("INVALID_ARGUMENT", "a time to live cannot be set with the policy " + policy);
        }
        Reuse reuse = switch (policy) {
            case "Never" -> Reuse.FRESH;
            case "PerSession" -> Reuse.PER_SESSION;
            default -> time.isPresent() ? within(time.get()) : Reuse.ANY;
        };
        return call.receiver(Container.class).withReuse(reuse);
    }

    private static Reuse within(String time) throws ApiException {
        Duration age = GoDuration.parse(time);
        if (age.isNegative() || age.isZero()) {
            throw new ApiException("INVALID_ARGUMENT", "a time to live has to be positive, not " + time);
        }
        return Reuse.within(age);
    }

    private static List<String> expanded(Call call, Container container, List<String> args) throws ApiException {
        if (!call.flag("expand")) {
            return args;
        }
        var expanded = new ArrayList<String>();
        for (String arg : args) {
            expanded.add(container.expansion().expand(arg));
        }
        return expanded;
    }

    private static List<String> commandLine(ContainerConfig config, List<String> given, boolean useEntrypoint)
            throws ApiException {
        var args = new ArrayList<String>();
        if (useEntrypoint) {
            args.addAll(config.entrypoint());
        }
        args.addAll(given.isEmpty() ? config.cmd() : given);
        if (args.isEmpty()) {
            throw new ApiException("INVALID_ARGUMENT", NO_COMMAND);
        }
        return args;
    }

    private static StoredResult lastExec(Call call) throws ApiException, InterruptedException {
        Container container = call.receiver(Container.class);
        Vertex exec = container.lastExec().orElseThrow(() -> new ApiException("INVALID_ARGUMENT", NO_COMMAND));
        Reading.settle(call, container);
        return Reading.result(call, exec);
    }

    private static long exitCode(Call call) throws ApiException, InterruptedException {
        return Long.parseLong(lastExec(call).facts().getOrDefault(Facts.EXIT_CODE, "0"));
    }

    private String output(Call call, String fact, String blobFact)
            throws ApiException, IOException, InterruptedException {
        StoredResult result = lastExec(call);
        @Nullable String blob = result.facts().get(blobFact);
        if (blob == null) {
            return result.facts().getOrDefault(fact, "");
        }
        Digest digest = Digest.parse(blob);
        long size = blobs.size(digest).orElse(0);
        if (size > MOST_OUTPUT) {
            throw new ApiException(
                    "TOO_LARGE",
                    "the command wrote " + size + " bytes, more than the " + MOST_OUTPUT
                            + " that can be returned: use redirectStdout or redirectStderr and export the file");
        }
        try (InputStream in = blobs.open(digest, 0)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String sync(Call call) throws ApiException, InterruptedException {
        Container container = call.receiver(Container.class);
        for (Vertex vertex : Reading.work(container)) {
            Reading.result(call, vertex);
        }
        return call.idOf(container);
    }
}
