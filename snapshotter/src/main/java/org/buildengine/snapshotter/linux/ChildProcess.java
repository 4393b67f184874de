package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A program that was started with pipes at its three standard streams and nothing else of this process. Whoever follows it waits for both
 * outputs and its end in one call, so that it takes no thread besides; a {@link Process} takes three, and a program that
 * starts it. Followed by one platform thread at a time; {@link #kill} is for any platform thread, the input for one more,
 * which closes it. Closing kills the process if it still runs. See posix_spawn(3), pidfd_open(2), poll(2) and waitid(2).
 */
public final class ChildProcess implements Closeable {
    private static final Duration END = Duration.ofSeconds(10);
    private static final int SIGKILL = 9;

    /** What an exit code is if a signal ended the process: this and the signal. */
    private static final int BY_SIGNAL = 128;

    private static final int BUFFER = 1 << 16;
    private static final int WIDE = 1 << 20;
    private static final short POLLIN = 1;
    private static final int POLLFD = 8;
    private static final int REVENTS = 6;

    private static final int P_PID = 1;
    private static final int P_PIDFD = 3;
    private static final int WEXITED = 4;
    private static final int CLD_EXITED = 1;
    private static final long SI_CODE = 8;
    private static final long SI_STATUS = 24;

    private static final MethodHandle PIPE2 = Libc.function("pipe2", ADDRESS, JAVA_INT);
    private static final MethodHandle POLL = Libc.function("poll", ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle WRITE = Libc.sized("write", JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle WAITID = Libc.function("waitid", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle KILL = Libc.function("kill", JAVA_INT, JAVA_INT);

    /** Of the thread that follows a process: each follows many, one after the other. */
    private static final ThreadLocal<MemorySegment> BYTES =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(BUFFER));

    private final Descriptor process;
    private final Descriptor input;
    private final Descriptor[] outputs;

    /** Held while somebody writes, which may take long. */
    private final ReentrantLock feeding = new ReentrantLock();

    private int last;
    private OptionalInt exitCode = OptionalInt.empty();

    /**
     * Bytes of an output.
     *
     * @param stream 1 or 2
     * @param bytes none at its end
     */
    @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
    public record Output(int stream, byte[] bytes) {
        /** Whether nothing follows. */
        public boolean end() {
            return bytes.length == 0;
        }
    }

    private ChildProcess(Descriptor process, Descriptor input, Descriptor... outputs) {
        this.process = process;
        this.input = input;
        this.outputs = outputs;
    }

    private record Pipe(Descriptor from, Descriptor into) implements Closeable {
        static Pipe open() throws LinuxException {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment ends = arena.allocate(JAVA_INT, 2);
                int failure = (int) Libc.call(c -> (int) PIPE2.invokeExact(c, ends, Descriptor.O_CLOEXEC));
                if (failure < 0) {
                    throw new LinuxException(-failure, "pipe2", "a new process");
                }
                return new Pipe(
                        new Descriptor(ends.getAtIndex(JAVA_INT, 0)), new Descriptor(ends.getAtIndex(JAVA_INT, 1)));
            }
        }

        @Override
        public void close() {
            from.close();
            into.close();
        }
    }

    /**
     * Starts a program.
     *
     * @param command its absolute path and its arguments
     * @param environment all that it gets of an environment, {@code NAME=value}
     */
    public static ChildProcess start(List<String> command, List<String> environment) throws LinuxException {
        Pipe input = Pipe.open();
        try {
            Pipe output = Pipe.open();
            try {
                Pipe error = Pipe.open();
                try {
                    ChildProcess started = start(command, environment, input, output, error);
                    input.from().close();
                    output.into().close();
                    error.into().close();
                    return started;
                } catch (LinuxException e) {
                    error.close();
                    throw e;
                }
            } catch (LinuxException e) {
                output.close();
                throw e;
            }
        } catch (LinuxException e) {
            input.close();
            throw e;
        }
    }

    private static ChildProcess start(
            List<String> command, List<String> environment, Pipe input, Pipe output, Pipe error) throws LinuxException {
        int pid = Spawning.start(
                command,
                environment,
                input.from().number(),
                output.into().number(),
                error.into().number());
        int opened = Libc.pidfdOpen(pid);
        if (opened < 0) {
            long _ = Libc.call(c -> (int) KILL.invokeExact(c, pid, SIGKILL));
            long _ = Libc.call(c -> (int) WAITID.invokeExact(c, P_PID, pid, MemorySegment.NULL, WEXITED));
            throw new LinuxException(-opened, "pidfd_open", command.getFirst());
        }
        return new ChildProcess(new Descriptor(opened), input.into(), output.from(), error.from());
    }

    /**
     * Writes to its standard input, and waits until all is taken.
     *
     * @throws LinuxException if nobody reads it any more
     */
    public void write(byte[] bytes) throws LinuxException {
        feeding.lock();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rest = arena.allocateFrom(JAVA_BYTE, bytes);
            while (rest.byteSize() > 0) {
                MemorySegment unwritten = rest;
                long written = input.isOpen()
                        ? Libc.call(c -> (long) WRITE.invokeExact(c, input.number(), unwritten, unwritten.byteSize()))
                        : -Errno.EPIPE;
                if (written < 0) {
                    throw new LinuxException((int) -written, "write", "standard input");
                }
                rest = rest.asSlice(written);
            }
        } finally {
            feeding.unlock();
        }
    }

    /** Ends its standard input, once what is being written is taken. */
    public void closeInput() {
        feeding.lock();
        try {
            input.close();
        } finally {
            feeding.unlock();
        }
    }

    /**
     * Waits for bytes of an output that has not ended.
     *
     * @return the bytes, or that the output has ended; empty if nothing came in {@code patience}
     */
    public Optional<Output> read(Duration patience) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment poll = arena.allocate(2L * POLLFD, 4);
            for (int i = 0; i < outputs.length; i++) {
                watch(poll, i, isOpen(i) ? outputs[i].number() : -1);
            }
            if (await(poll, patience) == 0) {
                return Optional.empty();
            }
            // the other one first, lest one that never pauses keeps it waiting
            int other = 1 - last;
            last = happened(poll, other) ? other : last;
            return Optional.of(read(last));
        }
    }

    /** Lets more of an output wait to be read, as far as the kernel allows it, so that who writes much need not wait. */
    public void widen(int stream) {
        if (isOpen(stream - 1)) {
            int _ = Libc.setPipeSize(outputs[stream - 1].number(), WIDE);
        }
    }

    /** Whether an output has not ended. */
    public boolean hasOutput() {
        return isOpen(0) || isOpen(1);
    }

    private boolean isOpen(int output) {
        return outputs[output].isOpen();
    }

    private Output read(int output) throws LinuxException {
        MemorySegment buffer = BYTES.get();
        long length = Libc.read(outputs[output].number(), buffer);
        if (length < 0) {
            throw new LinuxException((int) -length, "read", "output " + (output + 1));
        }
        if (length == 0) {
            outputs[output].close();
        }
        return new Output(output + 1, buffer.asSlice(0, length).toArray(JAVA_BYTE));
    }

    /** Whether it runs. For any platform thread. */
    public synchronized boolean isAlive() throws LinuxException {
        return process.isOpen() && !ended(Duration.ZERO);
    }

    private boolean ended(Duration patience) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment poll = arena.allocate(POLLFD, 4);
            watch(poll, 0, process.number());
            return await(poll, patience) > 0;
        }
    }

    /**
     * Waits for its end.
     *
     * @return what it ended with, 128 and the signal if one ended it; empty if it has not in {@code patience}
     */
    public OptionalInt waitFor(Duration patience) throws LinuxException {
        if (exitCode.isEmpty() && ended(patience)) {
            exitCode = OptionalInt.of(reap());
        }
        return exitCode;
    }

    private int reap() throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment information = arena.allocate(128, 8);
            int failure =
                    (int) Libc.call(c -> (int) WAITID.invokeExact(c, P_PIDFD, process.number(), information, WEXITED));
            if (failure < 0) {
                throw new LinuxException(-failure, "waitid", "a process");
            }
            int status = information.get(JAVA_INT, SI_STATUS);
            return information.get(JAVA_INT, SI_CODE) == CLD_EXITED ? status : BY_SIGNAL + status;
        }
    }

    private static void watch(MemorySegment poll, int index, int descriptor) {
        poll.set(JAVA_INT, (long) index * POLLFD, descriptor);
        poll.set(JAVA_SHORT, (long) index * POLLFD + 4, POLLIN);
    }

    private static boolean happened(MemorySegment poll, int index) {
        return poll.get(JAVA_SHORT, (long) index * POLLFD + REVENTS) != 0;
    }

    private static int await(MemorySegment poll, Duration patience) throws LinuxException {
        int milliseconds = (int) Math.min(Integer.MAX_VALUE, patience.toMillis());
        int count = (int) Libc.call(c -> (int) POLL.invokeExact(c, poll, poll.byteSize() / POLLFD, milliseconds));
        if (count < 0) {
            throw new LinuxException(-count, "poll", "a process");
        }
        return count;
    }

    /** Ends it, if it runs. */
    public synchronized void kill() {
        if (process.isOpen()) {
            // that it has ended already is no failure
            int _ = Libc.pidfdSendSignal(process.number(), SIGKILL);
        }
    }

    @Override
    public void close() throws IOException {
        kill();
        if (feeding.tryLock()) {
            try {
                input.close();
            } finally {
                feeding.unlock();
            }
        } // else whoever feeds it finds that nobody reads, and closes it
        for (Descriptor output : outputs) {
            output.close();
        }
        try {
            if (process.isOpen() && waitFor(END).isEmpty()) {
                throw new IOException("a process does not end though it was killed; does its file system answer?");
            }
        } finally {
            synchronized (this) {
                process.close();
            }
        }
    }
}
