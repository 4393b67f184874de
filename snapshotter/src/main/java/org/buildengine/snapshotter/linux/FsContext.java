package org.buildengine.snapshotter.linux;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A file system being configured through the mount interface of Linux 5.2 and later, which has no limit on the length
 * of options and says in words what it does not like. Used by one platform thread.
 */
public final class FsContext implements Closeable {
    private static final int SET_FLAG = 0;
    private static final int SET_STRING = 1;
    private static final int CREATE = 6;
    private static final int LOG_BYTES = 4096;

    private final Arena arena = Arena.ofConfined();
    private final String type;
    private final Descriptor context;

    private FsContext(String type) throws LinuxException {
        this.type = type;
        int opened = Libc.fsopen(arena.allocateFrom(type));
        if (opened < 0) {
            arena.close();
            throw new LinuxException(-opened, "fsopen", type);
        }
        this.context = new Descriptor(opened);
    }

    /**
     * Starts to configure a file system of this type.
     *
     * @throws LinuxException with {@link Errno#ENOSYS} before Linux 5.2, {@link Errno#ENODEV} without the file system
     */
    public static FsContext open(String type) throws LinuxException {
        return new FsContext(type);
    }

    /** Sets an option with a value. */
    public FsContext set(String key, String value) throws LinuxException {
        config(SET_STRING, arena.allocateFrom(key), arena.allocateFrom(value), key + "=" + value);
        return this;
    }

    /** Sets an option without a value. */
    public FsContext set(String key) throws LinuxException {
        config(SET_FLAG, arena.allocateFrom(key), MemorySegment.NULL, key);
        return this;
    }

    /** Makes the file system and mounts it at {@code target}, with the {@code MOUNT_ATTR_*} bits of {@link Mounts}. */
    public void mount(String target, int attributes) throws LinuxException {
        config(CREATE, MemorySegment.NULL, MemorySegment.NULL, target);
        int made = Libc.fsmount(context.number(), attributes);
        if (made < 0) {
            throw new LinuxException(-made, "fsmount " + type, target, log());
        }
        try (var mount = new Descriptor(made)) {
            int moved = Libc.moveMount(mount.number(), arena.allocateFrom(""), arena.allocateFrom(target));
            if (moved < 0) {
                throw new LinuxException(-moved, "move_mount " + type, target);
            }
        }
    }

    private void config(int command, MemorySegment key, MemorySegment value, String shown) throws LinuxException {
        int result = Libc.fsconfig(context.number(), command, key, value);
        if (result < 0) {
            throw new LinuxException(-result, "mount " + type, shown, log());
        }
    }

    /** What the kernel wrote about the last failure; each read gives one line, {@code e } or {@code w } before it. */
    private String log() {
        var text = new StringBuilder();
        MemorySegment line = arena.allocate(LOG_BYTES);
        for (long read = Libc.read(context.number(), line); read > 0; read = Libc.read(context.number(), line)) {
            text.append(text.isEmpty() ? "" : "; ")
                    .append(FileNames.read(line, read).strip());
        }
        return text.toString();
    }

    @Override
    public void close() {
        context.close();
        arena.close();
    }
}
