package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.ExecMount;

/**
 * The plaintext of the secrets of one execution, each fetched once. It goes to files in memory that live as long as the
 * execution, to the environment of the command, and to the {@link Scrubber}. Used by one thread.
 */
final class ExecSecrets {
    private final ExecOp op;
    private final Map<String, byte[]> plaintexts;

    private ExecSecrets(ExecOp op, Map<String, byte[]> plaintexts) {
        this.op = op;
        this.plaintexts = plaintexts;
    }

    static ExecSecrets fetch(ExecOp op, OpRunner.Run run) throws IOException {
        var handles = new ArrayList<>(op.secretEnv().values());
        for (ExecMount mount : op.mounts()) {
            if (mount instanceof ExecMount.Secret secret) {
                handles.add(secret.handle());
            }
        }
        var plaintexts = new LinkedHashMap<String, byte[]>();
        for (String handle : handles.stream().distinct().sorted().toList()) {
            plaintexts.put(handle, fetch(handle, run).clone());
        }
        return new ExecSecrets(op, plaintexts);
    }

    /** Asks one client after the other: one that is gone, or does not answer, fails no step that others demand too. */
    private static byte[] fetch(String handle, OpRunner.Run run) throws IOException {
        Optional<IOException> failure = Optional.empty();
        for (SecretSource source : run.offers(SecretSource.class)) {
            try {
                return source.secret(handle);
            } catch (IOException e) {
                if (run.cancelled()) {
                    throw e;
                }
                failure.ifPresent(e::addSuppressed);
                failure = Optional.of(e);
            }
        }
        throw failure.orElseGet(
                () -> new IOException("the command needs secrets, but no client is there to give them"));
    }

    List<byte[]> values() {
        return List.copyOf(plaintexts.values());
    }

    /** {@code NAME=value}, sorted by name. */
    List<String> env() {
        var env = new ArrayList<String>();
        new TreeMap<>(op.secretEnv())
                .forEach((name, handle) -> env.add(name + "=" + new String(plaintext(handle), StandardCharsets.UTF_8)));
        return env;
    }

    /** Writes the mounted secrets, with the rights they are to have. */
    Map<ExecMount, Path> writeFiles(Bundle bundle) throws IOException {
        var files = new HashMap<ExecMount, Path>();
        for (ExecMount mount : op.mounts()) {
            if (mount instanceof ExecMount.Secret secret) {
                Path file = bundle.write(
                        "secret-" + files.size(),
                        plaintext(secret.handle()),
                        secret.mode(),
                        secret.uid(),
                        secret.gid());
                files.put(secret, file);
            }
        }
        return files;
    }

    private byte[] plaintext(String handle) {
        return java.util.Objects.requireNonNull(plaintexts.get(handle), "a secret that was not fetched");
    }

    /** Overwrites the copies in memory. */
    void forget() {
        plaintexts.values().forEach(bytes -> Arrays.fill(bytes, (byte) 0));
    }
}
