package org.buildengine.session.tree;

/** Converts between the file mode of Go's {@code os} package, which travels on the wire, and POSIX permissions. */
public final class GoFileMode {
    private static final int DIRECTORY = 0x80000000;
    private static final int SYMLINK = 0x08000000;
    private static final int DEVICE = 0x04000000;
    private static final int FIFO = 0x02000000;
    private static final int SOCKET = 0x01000000;
    private static final int SETUID = 0x00800000;
    private static final int SETGID = 0x00400000;
    private static final int CHARACTER = 0x00200000;
    private static final int STICKY = 0x00100000;
    private static final int IRREGULAR = 0x00080000;
    private static final int TYPE_BITS = DIRECTORY | SYMLINK | DEVICE | FIFO | SOCKET | CHARACTER | IRREGULAR;

    private GoFileMode() {}

    /** Go's mode of a node with this type and these POSIX permissions ({@code 0} to {@code 07777}). */
    public static int of(EntryType type, int posix) {
        int mode = posix & 0777;
        mode |= (posix & 04000) != 0 ? SETUID : 0;
        mode |= (posix & 02000) != 0 ? SETGID : 0;
        mode |= (posix & 01000) != 0 ? STICKY : 0;
        return mode
                | switch (type) {
                    case FILE -> 0;
                    case DIRECTORY -> DIRECTORY;
                    case SYMLINK -> SYMLINK;
                    case FIFO -> FIFO;
                    case CHARACTER_DEVICE -> DEVICE | CHARACTER;
                    case BLOCK_DEVICE -> DEVICE;
                    case SOCKET -> SOCKET;
                };
    }

    /** POSIX permissions with set-id and sticky. */
    public static int permissions(int goMode) {
        int mode = goMode & 0777;
        mode |= (goMode & SETUID) != 0 ? 04000 : 0;
        mode |= (goMode & SETGID) != 0 ? 02000 : 0;
        mode |= (goMode & STICKY) != 0 ? 01000 : 0;
        return mode;
    }

    /**
     * The type of node.
     *
     * @throws IllegalArgumentException for a combination of type bits that stands for nothing
     */
    public static EntryType type(int goMode) {
        return switch (goMode & TYPE_BITS) {
            case 0 -> EntryType.FILE;
            case DIRECTORY -> EntryType.DIRECTORY;
            case SYMLINK -> EntryType.SYMLINK;
            case DEVICE -> EntryType.BLOCK_DEVICE;
            case DEVICE | CHARACTER -> EntryType.CHARACTER_DEVICE;
            case FIFO -> EntryType.FIFO;
            case SOCKET -> EntryType.SOCKET;
            default ->
                throw new IllegalArgumentException("unknown type bits in file mode 0x" + Integer.toHexString(goMode));
        };
    }
}
