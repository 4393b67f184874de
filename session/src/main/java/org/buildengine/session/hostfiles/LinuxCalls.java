package org.buildengine.session.hostfiles;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.List;

/**
 * The calls of the C library that reading a directory takes. Each returns what the function returned, or the negated error
 * number, and is made again if a signal cut it short. Memory is given by address: the caller keeps it alive.
 *
 * <p>An object is for one thread, since the error number is left in memory that it owns.
 */
@SuppressWarnings("restricted")
final class LinuxCalls {
    static final int AT_FDCWD = -100;

    static final int ENOENT = 2;
    static final int EACCES = 13;
    static final int ENOTDIR = 20;
    static final int ELOOP = 40;
    private static final int EINTR = 4;
    private static final int LONGEST_TEXT = 256;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERROR_NUMBER =
            Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPENAT = LINKER.downcallHandle(
            address("openat"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT),
            ERRNO,
            Linker.Option.firstVariadicArg(3));
    private static final MethodHandle CLOSE = handle("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle STATX =
            handle("statx", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle GETDENTS64 = handle("getdents64", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle READ = handle("read", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle READLINKAT =
            handle("readlinkat", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());

    /** Whether the C library has all of them; {@code statx} came to it in 2018, {@code getdents64} in 2019. */
    static boolean exist() {
        return List.of("openat", "close", "statx", "getdents64", "read", "readlinkat").stream()
                .allMatch(
                        name -> Linker.nativeLinker().defaultLookup().find(name).isPresent());
    }

    private static MemorySegment address(String name) {
        return LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no " + name));
    }

    private static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(address(name), FunctionDescriptor.of(result, arguments), ERRNO);
    }

    int openat(int directory, long path, int flags) {
        while (true) {
            try {
                int opened = (int) OPENAT.invokeExact(state, directory, path, flags, 0);
                if (opened >= 0 || error() != -EINTR) {
                    return opened < 0 ? error() : opened;
                }
            } catch (Throwable e) {
                throw impossible(e);
            }
        }
    }

    /** Not made again: Linux has closed the descriptor even when it says that it was interrupted. */
    void close(int descriptor) {
        try {
            // Nothing was written through it, so a failure has nothing to say.
            var _ = (int) CLOSE.invokeExact(state, descriptor);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    int statx(int directory, long path, int flags, int mask, long buffer) {
        while (true) {
            try {
                int result = (int) STATX.invokeExact(state, directory, path, flags, mask, buffer);
                if (result >= 0 || error() != -EINTR) {
                    return result < 0 ? error() : result;
                }
            } catch (Throwable e) {
                throw impossible(e);
            }
        }
    }

    long getdents64(int directory, long buffer, long length) {
        while (true) {
            try {
                long result = (long) GETDENTS64.invokeExact(state, directory, buffer, length);
                if (result >= 0 || error() != -EINTR) {
                    return result < 0 ? error() : result;
                }
            } catch (Throwable e) {
                throw impossible(e);
            }
        }
    }

    long read(int descriptor, long buffer, long length) {
        while (true) {
            try {
                long result = (long) READ.invokeExact(state, descriptor, buffer, length);
                if (result >= 0 || error() != -EINTR) {
                    return result < 0 ? error() : result;
                }
            } catch (Throwable e) {
                throw impossible(e);
            }
        }
    }

    long readlinkat(int directory, long path, long buffer, long length) {
        while (true) {
            try {
                long result = (long) READLINKAT.invokeExact(state, directory, path, buffer, length);
                if (result >= 0 || error() != -EINTR) {
                    return result < 0 ? error() : result;
                }
            } catch (Throwable e) {
                throw impossible(e);
            }
        }
    }

    /** What the C library says of an error number. */
    static String describe(int number) {
        MethodHandle strerror =
                LINKER.downcallHandle(address("strerror"), FunctionDescriptor.of(ValueLayout.ADDRESS, JAVA_INT));
        try {
            var text = (MemorySegment) strerror.invokeExact(number);
            return text.reinterpret(LONGEST_TEXT).getString(0);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    private int error() {
        return -(int) ERROR_NUMBER.get(state, 0L);
    }

    private static Error impossible(Throwable e) {
        return e instanceof Error error ? error : new AssertionError("a downcall throws nothing itself", e);
    }
}
