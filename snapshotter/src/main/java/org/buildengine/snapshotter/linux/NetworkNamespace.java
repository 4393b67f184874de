package org.buildengine.snapshotter.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A network namespace, kept alive by an open descriptor of this process and by nothing else: it has no name in any file
 * system, so that a process that is killed leaves none. Platform threads only, since a namespace belongs to a thread.
 */
public final class NetworkNamespace implements Closeable {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final String MINE = "/proc/thread-self/ns/net";

    private final Descriptor descriptor;

    private NetworkNamespace(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** Something to be done in another namespace. */
    @FunctionalInterface
    public interface Work<T> {
        T call() throws IOException;
    }

    /** The one that the calling thread is in. */
    public static NetworkNamespace current() throws LinuxException {
        return at(Path.of(MINE));
    }

    /** The one that a file stands for. */
    public static NetworkNamespace at(Path path) throws LinuxException {
        return new NetworkNamespace(Descriptor.open(path.toString(), Descriptor.O_RDONLY | Descriptor.O_CLOEXEC, 0));
    }

    /** A new one, with nothing in it but a loopback interface that is down. The calling thread stays where it is. */
    public static NetworkNamespace create() throws LinuxException {
        try (NetworkNamespace home = current()) {
            int result = Libc.unshare(CLONE_NEWNET);
            if (result < 0) {
                throw new LinuxException(-result, "unshare", "network namespace");
            }
            try {
                return current();
            } finally {
                home.comeBack();
            }
        }
    }

    /** Runs {@code work} on the calling thread inside of this namespace. Sockets that it opens stay in there. */
    public <T> T inside(Work<T> work) throws IOException {
        try (NetworkNamespace home = current()) {
            int result = Libc.setns(descriptor.number(), CLONE_NEWNET);
            if (result < 0) {
                throw new LinuxException(-result, "setns", "network namespace");
            }
            try {
                return work.call();
            } finally {
                home.comeBack();
            }
        }
    }

    private void comeBack() {
        int result = Libc.setns(descriptor.number(), CLONE_NEWNET);
        if (result < 0) {
            // Whoever uses this thread next would work on the wrong network.
            throw new IllegalStateException("this thread cannot leave a network namespace: " + Errno.text(-result));
        }
    }

    /** The number of the descriptor, for a message to the kernel. */
    public int number() {
        return descriptor.number();
    }

    /** A path under which other processes, as root, can open the namespace as long as this process keeps it. */
    public Path path() {
        return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + number());
    }

    /** Lets go of it. The kernel takes it down, in its own time, once no process is left inside. */
    @Override
    public void close() {
        descriptor.close();
    }
}
