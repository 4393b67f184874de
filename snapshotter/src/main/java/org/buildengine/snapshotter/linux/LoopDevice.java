package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A read-only loop device over a file. It frees itself when the last user is gone, so it is closed as soon as it is
 * mounted. Platform threads only.
 */
public final class LoopDevice implements Closeable {
    private static final long LOOP_CTL_GET_FREE = 0x4C82;
    private static final long LOOP_CONFIGURE = 0x4C0A;
    private static final long CONFIG_BYTES = 304;
    private static final long FLAGS_OFFSET = 8 + 52;
    private static final int READ_ONLY_AND_AUTOCLEAR = 1 | 4;
    private static final int TRIES = 32;

    private final String path;
    private final Descriptor device;

    private LoopDevice(String path, Descriptor device) {
        this.path = path;
        this.device = device;
    }

    /** Attaches a free device to the file. */
    public static LoopDevice attach(String file) throws LinuxException {
        int readOnly = Descriptor.O_RDONLY | Descriptor.O_CLOEXEC;
        int readWrite = Descriptor.O_RDWR | Descriptor.O_CLOEXEC;
        try (Arena arena = Arena.ofConfined();
                Descriptor backing = Descriptor.open(file, readOnly, 0);
                Descriptor control = Descriptor.open("/dev/loop-control", readWrite, 0)) {
            MemorySegment config = arena.allocate(CONFIG_BYTES, 8);
            config.set(JAVA_INT, 0, backing.number());
            config.set(JAVA_INT, FLAGS_OFFSET, READ_ONLY_AND_AUTOCLEAR);
            // Another process may take the free device before this one does.
            for (int i = 0; i < TRIES; i++) {
                int free = Libc.ioctl(control.number(), LOOP_CTL_GET_FREE, MemorySegment.NULL);
                if (free < 0) {
                    throw new LinuxException(-free, "LOOP_CTL_GET_FREE", file);
                }
                String path = "/dev/loop" + free;
                Descriptor device = Descriptor.open(path, readOnly, 0);
                int result = Libc.ioctl(device.number(), LOOP_CONFIGURE, config);
                if (result >= 0) {
                    return new LoopDevice(path, device);
                }
                device.close();
                if (result != -Errno.EBUSY) {
                    throw new LinuxException(-result, "LOOP_CONFIGURE " + path, file);
                }
            }
            throw new LinuxException(Errno.EBUSY, "LOOP_CONFIGURE", file);
        }
    }

    /** The device node. */
    public String path() {
        return path;
    }

    @Override
    public void close() {
        device.close();
    }
}
