package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The C library, as thin as it goes: each call returns what the function returned, or the negated error number. Calls
 * take the arena that their strings live in from the caller, so that loops can share one.
 */
@SuppressWarnings("restricted")
final class Libc {
    static final int AT_FDCWD = -100;
    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_REMOVEDIR = 0x200;
    static final int AT_SYMLINK_FOLLOW = 0x400;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LOOKUP = LINKER.defaultLookup();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    /** Safe because only platform threads get here: a call and the look at its error number stay on one thread. */
    private static final ThreadLocal<MemorySegment> CELL =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

    private static final MethodHandle MOUNT = function("mount", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    private static final MethodHandle UMOUNT2 = function("umount2", ADDRESS, JAVA_INT);
    private static final MethodHandle OPENAT = variadic("openat", 3, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle CLOSE = function("close", JAVA_INT);
    private static final MethodHandle FLOCK = function("flock", JAVA_INT, JAVA_INT);
    private static final MethodHandle SYNCFS = function("syncfs", JAVA_INT);
    private static final MethodHandle FALLOCATE = function("fallocate", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle STATFS = function("statfs", ADDRESS, ADDRESS);
    private static final MethodHandle STATX = function("statx", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle MKNODAT = function("mknodat", JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MKDIRAT = function("mkdirat", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SYMLINKAT = function("symlinkat", ADDRESS, JAVA_INT, ADDRESS);
    private static final MethodHandle LINKAT = function("linkat", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle RENAMEAT = function("renameat", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
    private static final MethodHandle RENAMEAT2 = function("renameat2", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle UNLINKAT = function("unlinkat", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle UTIMENSAT = function("utimensat", JAVA_INT, ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle LCHOWN = function("lchown", ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle CHMOD = function("chmod", ADDRESS, JAVA_INT);
    private static final MethodHandle LSETXATTR = function("lsetxattr", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT);

    private static final MethodHandle LREMOVEXATTR = function("lremovexattr", ADDRESS, ADDRESS);
    private static final MethodHandle SOCKET = function("socket", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SETSOCKOPT =
            function("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle UNSHARE = function("unshare", JAVA_INT);
    private static final MethodHandle MEMFD_CREATE = function("memfd_create", ADDRESS, JAVA_INT);
    private static final MethodHandle FCNTL = variadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SETNS = function("setns", JAVA_INT, JAVA_INT);

    private static final MethodHandle READLINKAT = sized("readlinkat", JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    private static final MethodHandle GETDENTS64 = sized("getdents64", JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle LGETXATTR = sized("lgetxattr", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    private static final MethodHandle LLISTXATTR = sized("llistxattr", ADDRESS, ADDRESS, JAVA_LONG);
    private static final MethodHandle FLISTXATTR = sized("flistxattr", JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle READAHEAD = sized("readahead", JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle READ = sized("read", JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle SEND = sized("send", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECV = sized("recv", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle COPY_FILE_RANGE =
            sized("copy_file_range", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

    private static final MethodHandle IOCTL = LINKER.downcallHandle(
            address("ioctl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(2));

    /** Newer calls, which many C libraries have no wrapper for, but which have equal numbers everywhere. */
    private static final MethodHandle SYSCALL = LINKER.downcallHandle(
            address("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG),
            Linker.Option.captureCallState("errno"),
            Linker.Option.firstVariadicArg(1));

    private static final MethodHandle STRERROR =
            LINKER.downcallHandle(address("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

    /** One of the calls that are older than the common numbers. */
    private static final long SYS_IOPRIO_SET = System.getProperty("os.arch", "").equals("aarch64") ? 30 : 251;

    private static final long SYS_PIDFD_SEND_SIGNAL = 424;
    private static final long SYS_PIDFD_OPEN = 434;
    private static final long SYS_MOVE_MOUNT = 429;
    private static final long SYS_FSOPEN = 430;
    private static final long SYS_FSCONFIG = 431;
    private static final long SYS_FSMOUNT = 432;
    private static final long SYS_OPENAT2 = 437;
    private static final long SYS_CACHESTAT = 451;
    private static final long SYS_FCHMODAT2 = 452;

    private Libc() {}

    private static MemorySegment address(String name) {
        return LOOKUP.find(name).orElseThrow(() -> new UnsatisfiedLinkError("the C library has no " + name));
    }

    /** Whether the C library has a function. */
    static boolean has(String name) {
        return LOOKUP.find(name).isPresent();
    }

    static MethodHandle function(String name, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                address(name), FunctionDescriptor.of(JAVA_INT, arguments), Linker.Option.captureCallState("errno"));
    }

    static MethodHandle sized(String name, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                address(name), FunctionDescriptor.of(JAVA_LONG, arguments), Linker.Option.captureCallState("errno"));
    }

    private static MethodHandle variadic(String name, int fixed, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                address(name),
                FunctionDescriptor.of(JAVA_INT, arguments),
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(fixed));
    }

    @FunctionalInterface
    interface Call {
        long invoke(MemorySegment cell) throws Throwable;
    }

    /** Runs one call, again if a signal cut it short, and turns its failure into a negative error number. */
    static long call(Call call) {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("a blocking system call on a virtual thread would pin its carrier");
        }
        MemorySegment cell = CELL.get();
        try {
            long result;
            do {
                result = call.invoke(cell);
                if (result >= 0) {
                    return result;
                }
                result = -(int) ERRNO.get(cell, 0L);
            } while (result == -Errno.EINTR);
            return result;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws nothing itself", e);
        }
    }

    static String strerror(int errno) {
        try {
            var text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(256).getString(0);
        } catch (Throwable e) {
            return "error " + errno;
        }
    }

    static int mount(
            MemorySegment source, MemorySegment target, MemorySegment type, long flags, MemorySegment options) {
        return (int) call(c -> (int) MOUNT.invokeExact(c, source, target, type, flags, options));
    }

    static int umount2(MemorySegment target, int flags) {
        return (int) call(c -> (int) UMOUNT2.invokeExact(c, target, flags));
    }

    static int openat(int directory, MemorySegment path, int flags, int mode) {
        return (int) call(c -> (int) OPENAT.invokeExact(c, directory, path, flags, mode));
    }

    static int close(int descriptor) {
        // Not repeated: Linux has closed the descriptor even when it says EINTR.
        MemorySegment cell = CELL.get();
        try {
            return (int) CLOSE.invokeExact(cell, descriptor) < 0 ? -(int) ERRNO.get(cell, 0L) : 0;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws nothing itself", e);
        }
    }

    static int flock(int descriptor, int operation) {
        return (int) call(c -> (int) FLOCK.invokeExact(c, descriptor, operation));
    }

    static int syncfs(int descriptor) {
        return (int) call(c -> (int) SYNCFS.invokeExact(c, descriptor));
    }

    static int fallocate(int descriptor, long length) {
        return (int) call(c -> (int) FALLOCATE.invokeExact(c, descriptor, 0, 0L, length));
    }

    static int statfs(MemorySegment path, MemorySegment buffer) {
        return (int) call(c -> (int) STATFS.invokeExact(c, path, buffer));
    }

    static int statx(int directory, MemorySegment path, int flags, int mask, MemorySegment buffer) {
        return (int) call(c -> (int) STATX.invokeExact(c, directory, path, flags, mask, buffer));
    }

    static int mknodat(int directory, MemorySegment path, int mode, long device) {
        return (int) call(c -> (int) MKNODAT.invokeExact(c, directory, path, mode, device));
    }

    static int mkdirat(int directory, MemorySegment path, int mode) {
        return (int) call(c -> (int) MKDIRAT.invokeExact(c, directory, path, mode));
    }

    static int symlinkat(MemorySegment target, int directory, MemorySegment path) {
        return (int) call(c -> (int) SYMLINKAT.invokeExact(c, target, directory, path));
    }

    static int linkat(int fromDirectory, MemorySegment from, int toDirectory, MemorySegment to, int flags) {
        return (int) call(c -> (int) LINKAT.invokeExact(c, fromDirectory, from, toDirectory, to, flags));
    }

    static int renameat(int fromDirectory, MemorySegment from, int toDirectory, MemorySegment to) {
        return (int) call(c -> (int) RENAMEAT.invokeExact(c, fromDirectory, from, toDirectory, to));
    }

    static int renameat2(int fromDirectory, MemorySegment from, int toDirectory, MemorySegment to, int flags) {
        return (int) call(c -> (int) RENAMEAT2.invokeExact(c, fromDirectory, from, toDirectory, to, flags));
    }

    static int unlinkat(int directory, MemorySegment path, int flags) {
        return (int) call(c -> (int) UNLINKAT.invokeExact(c, directory, path, flags));
    }

    static int utimensat(int directory, MemorySegment path, MemorySegment times, int flags) {
        return (int) call(c -> (int) UTIMENSAT.invokeExact(c, directory, path, times, flags));
    }

    static int lchown(MemorySegment path, int uid, int gid) {
        return (int) call(c -> (int) LCHOWN.invokeExact(c, path, uid, gid));
    }

    static int chmod(MemorySegment path, int mode) {
        return (int) call(c -> (int) CHMOD.invokeExact(c, path, mode));
    }

    /** Since Linux 6.6. */
    static int fchmodat2(int directory, MemorySegment path, int mode, int flags) {
        MemorySegment bits = MemorySegment.ofAddress(mode);
        MemorySegment how = MemorySegment.ofAddress(flags);
        return (int) call(
                c -> (long) SYSCALL.invokeExact(c, SYS_FCHMODAT2, (long) directory, path.address(), bits, how, 0L));
    }

    static int lsetxattr(MemorySegment path, MemorySegment name, MemorySegment value, int flags) {
        return (int) call(c -> (int) LSETXATTR.invokeExact(c, path, name, value, value.byteSize(), flags));
    }

    static int lremovexattr(MemorySegment path, MemorySegment name) {
        return (int) call(c -> (int) LREMOVEXATTR.invokeExact(c, path, name));
    }

    static long readlinkat(int directory, MemorySegment path, MemorySegment buffer) {
        return call(c -> (long) READLINKAT.invokeExact(c, directory, path, buffer, buffer.byteSize()));
    }

    static long getdents64(int directory, MemorySegment buffer) {
        return call(c -> (long) GETDENTS64.invokeExact(c, directory, buffer, buffer.byteSize()));
    }

    static long lgetxattr(MemorySegment path, MemorySegment name, MemorySegment buffer) {
        return call(c -> (long) LGETXATTR.invokeExact(c, path, name, buffer, buffer.byteSize()));
    }

    static long llistxattr(MemorySegment path, MemorySegment buffer) {
        return call(c -> (long) LLISTXATTR.invokeExact(c, path, buffer, buffer.byteSize()));
    }

    /** How many bytes the names of all extended attributes take. */
    static long flistxattrLength(int descriptor) {
        return call(c -> (long) FLISTXATTR.invokeExact(c, descriptor, MemorySegment.NULL, 0L));
    }

    static long read(int descriptor, MemorySegment buffer) {
        return call(c -> (long) READ.invokeExact(c, descriptor, buffer, buffer.byteSize()));
    }

    static long readahead(int descriptor, long offset, long length) {
        return call(c -> (long) READAHEAD.invokeExact(c, descriptor, offset, length));
    }

    /** Counts pages in the cache; {@code range} is a {@code struct cachestat_range}, {@code counters} a {@code struct cachestat}. */
    static int cachestat(int descriptor, MemorySegment range, MemorySegment counters) {
        return (int) call(c -> (long) SYSCALL.invokeExact(
                c, SYS_CACHESTAT, (long) descriptor, range.address(), counters, MemorySegment.NULL, 0L));
    }

    static long copyFileRange(int in, MemorySegment inOffset, int out, MemorySegment outOffset, long length) {
        return call(c -> (long) COPY_FILE_RANGE.invokeExact(c, in, inOffset, out, outOffset, length, 0));
    }

    static int socket(int family, int type, int protocol) {
        return (int) call(c -> (int) SOCKET.invokeExact(c, family, type, protocol));
    }

    static int setsockopt(int socket, int level, int option, MemorySegment value) {
        return (int) call(c -> (int) SETSOCKOPT.invokeExact(c, socket, level, option, value, (int) value.byteSize()));
    }

    static long send(int socket, MemorySegment bytes) {
        return call(c -> (long) SEND.invokeExact(c, socket, bytes, bytes.byteSize(), 0));
    }

    static long recv(int socket, MemorySegment buffer, int flags) {
        return call(c -> (long) RECV.invokeExact(c, socket, buffer, buffer.byteSize(), flags));
    }

    static int unshare(int flags) {
        return (int) call(c -> (int) UNSHARE.invokeExact(c, flags));
    }

    static int setns(int descriptor, int type) {
        return (int) call(c -> (int) SETNS.invokeExact(c, descriptor, type));
    }

    static int memfdCreate(MemorySegment name, int flags) {
        return (int) call(c -> (int) MEMFD_CREATE.invokeExact(c, name, flags));
    }

    static int addSeals(int descriptor, int seals) {
        int addSeals = 1033;
        return (int) call(c -> (int) FCNTL.invokeExact(c, descriptor, addSeals, seals));
    }

    static int setPipeSize(int descriptor, int bytes) {
        int setPipeSize = 1031;
        return (int) call(c -> (int) FCNTL.invokeExact(c, descriptor, setPipeSize, bytes));
    }

    static int ioctl(int descriptor, long request, MemorySegment argument) {
        return (int) call(c -> (int) IOCTL.invokeExact(c, descriptor, request, argument));
    }

    static int fsopen(MemorySegment type) {
        return (int) call(c -> (long)
                SYSCALL.invokeExact(c, SYS_FSOPEN, type.address(), 1L, MemorySegment.NULL, MemorySegment.NULL, 0L));
    }

    static int fsconfig(int context, int command, MemorySegment key, MemorySegment value) {
        return (int)
                call(c -> (long) SYSCALL.invokeExact(c, SYS_FSCONFIG, (long) context, (long) command, key, value, 0L));
    }

    static int fsmount(int context, int attributes) {
        return (int) call(c -> (long) SYSCALL.invokeExact(
                c, SYS_FSMOUNT, (long) context, 1L, MemorySegment.ofAddress(attributes), MemorySegment.NULL, 0L));
    }

    /** Opens with a {@code struct open_how}, which says how a path may be resolved. */
    static int openat2(int directory, MemorySegment path, MemorySegment how) {
        return (int) call(c -> (long) SYSCALL.invokeExact(
                c, SYS_OPENAT2, (long) directory, path.address(), how, MemorySegment.ofAddress(how.byteSize()), 0L));
    }

    /** Says when the device serves the calling thread; {@code priority} is a class and a level. */
    static int ioprioSet(int priority) {
        long thread = 1;
        return (int) call(c -> (long) SYSCALL.invokeExact(
                c, SYS_IOPRIO_SET, thread, 0L, MemorySegment.ofAddress(priority), MemorySegment.NULL, 0L));
    }

    /** Attaches a detached mount at {@code target}. */
    static int moveMount(int mount, MemorySegment empty, MemorySegment target) {
        long fromEmptyPath = 4;
        return (int) call(c -> (long) SYSCALL.invokeExact(
                c,
                SYS_MOVE_MOUNT,
                (long) mount,
                empty.address(),
                MemorySegment.ofAddress(AT_FDCWD),
                target,
                fromEmptyPath));
    }

    /** A descriptor of a process, which becomes readable when the process ends. */
    static int pidfdOpen(int pid) {
        return (int) call(c -> (long)
                SYSCALL.invokeExact(c, SYS_PIDFD_OPEN, (long) pid, 0L, MemorySegment.NULL, MemorySegment.NULL, 0L));
    }

    static int pidfdSendSignal(int pidfd, int signal) {
        return (int) call(c -> (long) SYSCALL.invokeExact(
                c, SYS_PIDFD_SEND_SIGNAL, (long) pidfd, (long) signal, MemorySegment.NULL, MemorySegment.NULL, 0L));
    }
}
