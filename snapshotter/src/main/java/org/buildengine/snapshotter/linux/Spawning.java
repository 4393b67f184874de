package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts programs by posix_spawn(3), whose functions return a positive error number. The child has the three descriptors that it is
 * given and no other one, and no signal is blocked in it.
 */
final class Spawning {
    /** Enough for what any C library keeps in an object of file actions or attributes. */
    private static final long OPAQUE = 1024;

    private static final long SIGNAL_SET = 128;
    private static final short SET_SIGNAL_MASK = 8;
    private static final String CLOSE_FROM = "posix_spawn_file_actions_addclosefrom_np";

    private static final MethodHandle SPAWN =
            Libc.function("posix_spawn", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle ACTIONS_INIT = Libc.function("posix_spawn_file_actions_init", ADDRESS);
    private static final MethodHandle ACTIONS_DESTROY = Libc.function("posix_spawn_file_actions_destroy", ADDRESS);
    private static final MethodHandle ADD_DUP2 =
            Libc.function("posix_spawn_file_actions_adddup2", ADDRESS, JAVA_INT, JAVA_INT);
    /** In glibc since 2.34. */
    private static final @Nullable MethodHandle ADD_CLOSE_FROM =
            Libc.has(CLOSE_FROM) ? Libc.function(CLOSE_FROM, ADDRESS, JAVA_INT) : null;

    private static final MethodHandle ATTRIBUTES_INIT = Libc.function("posix_spawnattr_init", ADDRESS);
    private static final MethodHandle ATTRIBUTES_DESTROY = Libc.function("posix_spawnattr_destroy", ADDRESS);
    private static final MethodHandle SET_FLAGS = Libc.function("posix_spawnattr_setflags", ADDRESS, JAVA_SHORT);
    private static final MethodHandle SET_MASK = Libc.function("posix_spawnattr_setsigmask", ADDRESS, ADDRESS);

    private Spawning() {}

    /**
     * Starts a program.
     *
     * @param command its absolute path and its arguments
     * @param environment {@code NAME=value}
     * @param streams what it has as standard input, output and error
     * @return its process id
     */
    static int start(List<String> command, List<String> environment, int... streams) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment actions = arena.allocate(OPAQUE, 16);
            MemorySegment attributes = arena.allocate(OPAQUE, 16);
            check("posix_spawn_file_actions_init", call(c -> (int) ACTIONS_INIT.invokeExact(c, actions)));
            try {
                check("posix_spawnattr_init", call(c -> (int) ATTRIBUTES_INIT.invokeExact(c, attributes)));
                try {
                    describe(actions, attributes, arena, streams);
                    return spawn(arena, command, environment, actions, attributes);
                } finally {
                    long _ = call(c -> (int) ATTRIBUTES_DESTROY.invokeExact(c, attributes));
                }
            } finally {
                long _ = call(c -> (int) ACTIONS_DESTROY.invokeExact(c, actions));
            }
        }
    }

    private static void describe(MemorySegment actions, MemorySegment attributes, Arena arena, int... streams)
            throws LinuxException {
        for (int i = 0; i < streams.length; i++) {
            int to = i;
            check("posix_spawn_file_actions_adddup2", call(c ->
                    (int) ADD_DUP2.invokeExact(c, actions, streams[to], to)));
        }
        MethodHandle closeFrom = ADD_CLOSE_FROM;
        if (closeFrom == null) {
            throw tooOld();
        }
        check(CLOSE_FROM, call(c -> (int) closeFrom.invokeExact(c, actions, streams.length)));
        MemorySegment none = arena.allocate(SIGNAL_SET, 8);
        check("posix_spawnattr_setsigmask", call(c -> (int) SET_MASK.invokeExact(c, attributes, none)));
        check("posix_spawnattr_setflags", call(c -> (int) SET_FLAGS.invokeExact(c, attributes, SET_SIGNAL_MASK)));
    }

    private static int spawn(
            Arena arena,
            List<String> command,
            List<String> environment,
            MemorySegment actions,
            MemorySegment attributes)
            throws LinuxException {
        MemorySegment pid = arena.allocate(JAVA_INT);
        MemorySegment arguments = strings(arena, command);
        MemorySegment variables = strings(arena, environment);
        MemorySegment program = arguments.get(ADDRESS, 0);
        long failure = call(c -> (int) SPAWN.invokeExact(c, pid, program, actions, attributes, arguments, variables));
        if (failure != 0) {
            throw new LinuxException((int) failure, "start", command.getFirst());
        }
        return pid.get(JAVA_INT, 0);
    }

    private static MemorySegment strings(Arena arena, List<String> texts) {
        MemorySegment array = arena.allocate(ADDRESS, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            array.setAtIndex(ADDRESS, i, FileNames.allocate(arena, texts.get(i)));
        }
        return array;
    }

    /** What a C library says that cannot start a process without letting it have all that is open here. */
    static LinuxException tooOld() {
        return new LinuxException(
                Errno.ENOSYS, CLOSE_FROM, "a new process", "the C library is too old; take glibc 2.34 or a newer one");
    }

    private static long call(Libc.Call call) {
        return Libc.call(call);
    }

    private static void check(String function, long failure) throws LinuxException {
        if (failure != 0) {
            throw new LinuxException((int) failure, function, "a new process");
        }
    }
}
