package org.buildengine.snapshotter.linux;

/** How a device serves a thread that nobody waits for. Platform threads only. */
public final class DiskPriority {
    /** From the kernel's {@code linux/ioprio.h}: the class stands above 13 bits of level. */
    private static final int CLASS_SHIFT = 13;

    private static final int IDLE = 3;

    private DiskPriority() {}

    /**
     * Has the device serve this thread only while nobody else asks for something, as far as its scheduler knows priorities.
     * Not having that is no failure.
     *
     * @return whether the kernel took it
     */
    public static boolean idle() {
        return Libc.ioprioSet(IDLE << CLASS_SHIFT) >= 0;
    }
}
