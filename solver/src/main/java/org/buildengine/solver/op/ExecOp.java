package org.buildengine.solver.op;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.Digest;

/**
 * A process run in a container. Input 0 is its root file system, output 0 what became of it; further inputs and outputs
 * belong to {@link ExecMount mounts}.
 *
 * @param args the whole command line, at least one element
 * @param env {@code NAME=value} in order
 * @param secretEnv variable name to secret handle; values are fetched when it runs and are never part of anything kept
 * @param cwd absolute; made if missing
 * @param user {@code name|uid[:group|gid]}, empty for root
 * @param stdin text given to the process
 * @param redirectStdin file (absolute) opened as standard input; empty for none
 * @param redirectStdout file (absolute) that gets a copy of standard output; empty for none
 * @param redirectStderr the same for standard error
 * @param expect exit codes that count as success
 * @param insecure whether it gets all capabilities, devices and no seccomp filter
 * @param noInit whether the command itself is PID 1
 * @param platform {@code os/arch[/variant]}
 * @param mounts in order, later ones over earlier ones
 */
public record ExecOp(
        List<String> args,
        List<String> env,
        Map<String, String> secretEnv,
        String cwd,
        String user,
        String stdin,
        String redirectStdin,
        String redirectStdout,
        String redirectStderr,
        Expect expect,
        boolean insecure,
        boolean noInit,
        String platform,
        List<ExecMount> mounts)
        implements Op {

    /** Which exit codes count as success. Codes of death by signal (128 to 191) never do. */
    public enum Expect {
        SUCCESS,
        FAILURE,
        ANY;

        public boolean accepts(int exitCode) {
            boolean failure = (exitCode >= 1 && exitCode <= 127) || (exitCode >= 192 && exitCode <= 255);
            return switch (this) {
                case SUCCESS -> exitCode == 0;
                case FAILURE -> failure;
                case ANY -> exitCode == 0 || failure;
            };
        }
    }

    /** Facts of the result of an execution, by name. */
    public static final class Facts {
        public static final String EXIT_CODE = "exec.exitCode";
        /** Standard output if it is short, else {@link #STDOUT_BLOB} names it. */
        public static final String STDOUT = "exec.stdout";

        public static final String STDOUT_BLOB = "exec.stdout.blob";
        public static final String STDERR = "exec.stderr";
        public static final String STDERR_BLOB = "exec.stderr.blob";
        /** Both streams in the order in which their bytes arrived. */
        public static final String COMBINED = "exec.combined";

        public static final String COMBINED_BLOB = "exec.combined.blob";

        private Facts() {}
    }

    public ExecOp {
        if (args.isEmpty()) {
            throw new IllegalArgumentException("no command has been set");
        }
        args = List.copyOf(args);
        env = List.copyOf(env);
        secretEnv = Map.copyOf(secretEnv);
        mounts = List.copyOf(mounts);
    }

    /** The cache volumes that nobody else may use meanwhile. */
    public Set<Digest> exclusiveVolumes() {
        return mounts.stream()
                .filter(ExecMount.Cache.class::isInstance)
                .map(ExecMount.Cache.class::cast)
                .filter(ExecMount.Cache::exclusive)
                .map(ExecMount.Cache::volume)
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public void encode(KeyEncoder into) {
        into.text("exec").texts(args).texts(env).texts(secretEnv).text(cwd).text(user);
        into.text(stdin)
                .text(redirectStdin)
                .text(redirectStdout)
                .text(redirectStderr)
                .text(expect.name());
        into.flag(insecure).flag(noInit).text(platform).list(mounts.size());
        mounts.forEach(mount -> mount.encode(into));
    }

    @Override
    public int outputs() {
        return 1 + (int) mounts.stream().filter(m -> m.output().isPresent()).count();
    }

    @Override
    public String describe() {
        return "exec " + String.join(" ", args);
    }

    /** What is mounted over the root file system of an execution. */
    public sealed interface ExecMount {
        /** Where, absolute. */
        String target();

        void encode(KeyEncoder into);

        /** The output in which the changed tree appears. */
        default Optional<Integer> output() {
            return Optional.empty();
        }

        /**
         * A directory or file of an input.
         *
         * @param input index of the input
         * @param source path within it
         * @param writable output index of the changed tree; empty for a read-only mount
         */
        record Tree(String target, int input, String source, Optional<Integer> writable) implements ExecMount {
            @Override
            public void encode(KeyEncoder into) {
                into.text("tree").text(target).number(input).text(source).number(writable.orElse(-1));
            }

            @Override
            public Optional<Integer> output() {
                return writable;
            }
        }

        /**
         * A cache volume.
         *
         * @param volume identity of the volume
         * @param exclusive whether executions that mount it run one after another
         * @param seed input and path that a new volume starts with
         * @param owner {@code uid:gid} of the root of a new volume
         */
        record Cache(String target, Digest volume, boolean exclusive, Optional<Seed> seed, String owner)
                implements ExecMount {
            /** Where a new volume's contents come from. */
            public record Seed(int input, String source) {}

            @Override
            public void encode(KeyEncoder into) {
                into.text("cache").text(target).digest(volume).flag(exclusive).text(owner);
                into.number(seed.map(Seed::input).orElse(-1))
                        .text(seed.map(Seed::source).orElse(""));
            }
        }

        /** A file system in memory that is gone afterwards; {@code size} in bytes, 0 for no limit. */
        record Temp(String target, long size) implements ExecMount {
            @Override
            public void encode(KeyEncoder into) {
                into.text("temp").text(target).number(size);
            }
        }

        /** A secret as a file in memory. */
        record Secret(String target, String handle, int mode, int uid, int gid) implements ExecMount {
            @Override
            public void encode(KeyEncoder into) {
                into.text("secret")
                        .text(target)
                        .text(handle)
                        .number(mode)
                        .number(uid)
                        .number(gid);
            }
        }
    }
}
