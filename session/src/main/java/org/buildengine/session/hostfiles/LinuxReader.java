package org.buildengine.session.hostfiles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.buildengine.session.tree.EntryType;

/**
 * Reads with the calls of Linux: one per batch of names, one per node, three per small file. Every name is looked up in an
 * open directory, and none but the root is followed where it is a link, so what is replaced meanwhile leads nowhere else.
 */
final class LinuxReader implements DiskReader {
    private static final int NAMES = 64 * 1024;
    private static final int CONTENT = 128 * 1024;

    /** One more than the longest target, so that none is cut unseen. */
    private static final int TARGET = 4097;

    // getdents64(2): length of the record in the last two bytes before the kind and the name, which ends with a zero
    private static final int RECORD_LENGTH = 16;
    private static final int RECORD_NAME = 19;

    // statx(2)
    private static final int STATUS = 256;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_NO_AUTOMOUNT = 0x800;

    private final LinuxCalls calls = new LinuxCalls();
    private final OpenPath path;
    private final NativeBuffer names = new NativeBuffer(NAMES);
    private final NativeBuffer status = new NativeBuffer(STATUS);
    private final NativeBuffer content = new NativeBuffer(CONTENT);
    private final byte[] name = new byte[NAMES];

    /** A reader below {@code root}, which is opened when it is needed. */
    LinuxReader(Path root) {
        this.path = new OpenPath(calls, root.toString());
    }

    /** Whether this system is one whose calls are known, and NIO's text for a path is that of its bytes as UTF-8. */
    static boolean isSupported() {
        String processor = System.getProperty("os.arch", "");
        return System.getProperty("os.name", "").equals("Linux")
                && (processor.equals("amd64") || processor.equals("aarch64"))
                && System.getProperty("sun.jnu.encoding", "").equals("UTF-8")
                && LinuxCalls.exist();
    }

    @Override
    public List<DiskChild> list(String directory) throws IOException {
        int descriptor = path.reopened(directory);
        List<DiskChild> children = new ArrayList<>();
        while (true) {
            int length = (int) path.checked(calls.getdents64(descriptor, names.address(), NAMES), directory);
            if (length == 0) {
                return children;
            }
            for (int at = 0; at < length; at += names.bytes().getShort(at + RECORD_LENGTH)) {
                add(children, descriptor, directory, at);
            }
        }
    }

    private void add(List<DiskChild> children, int descriptor, String directory, int at) throws IOException {
        int start = at + RECORD_NAME;
        int most = at + names.bytes().getShort(at + RECORD_LENGTH) - start;
        names.bytes().get(start, name, 0, most);
        // The record is filled up to a multiple of eight.
        int length = Math.max(0, most - Long.BYTES);
        while (name[length] != 0) {
            length++;
        }
        if (isDots(length)) {
            return;
        }
        long address = names.address() + start;
        int failed = calls.statx(
                descriptor, address, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, status.address());
        if (failed == -LinuxCalls.ENOENT) {
            return;
        }
        String text = new String(name, 0, length, StandardCharsets.UTF_8);
        if (failed < 0) {
            throw path.failure(failed, OpenPath.below(directory, text));
        }
        DiskNode node = node(directory, text);
        if (node.type() != EntryType.SYMLINK) {
            children.add(new DiskChild(text, node, ""));
            return;
        }
        long target = calls.readlinkat(descriptor, address, content.address(), TARGET);
        if (target == -LinuxCalls.ENOENT) {
            return;
        }
        int bytes = (int) path.checked(target, OpenPath.below(directory, text));
        content.bytes().get(0, name, 0, bytes);
        children.add(new DiskChild(text, node, new String(name, 0, bytes, StandardCharsets.UTF_8)));
    }

    private boolean isDots(int length) {
        return name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'));
    }

    private DiskNode node(String directory, String text) throws IOException {
        ByteBuffer found = status.bytes();
        int mode = Short.toUnsignedInt(found.getShort(28));
        return new DiskNode(
                DiskNode.type(mode)
                        .orElseThrow(() ->
                                new IOException(OpenPath.below(directory, text) + " is a node of an unknown type")),
                mode & 07777,
                found.getLong(40),
                found.getLong(112) * 1_000_000_000L + found.getInt(120),
                (long) found.getInt(136) << 32 | Integer.toUnsignedLong(found.getInt(140)),
                found.getLong(32),
                found.getInt(16),
                Integer.toUnsignedLong(found.getInt(128)),
                Integer.toUnsignedLong(found.getInt(132)));
    }

    @Override
    public InputStream open(String file) throws IOException {
        return new Content(path.openFile(file), file);
    }

    @Override
    public void close() {
        path.close();
    }

    /** The bytes of one file, read into the buffer that all files share. */
    private final class Content extends InputStream {
        private final String file;
        private int descriptor;

        Content(int descriptor, String file) {
            this.descriptor = descriptor;
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            long read = calls.read(descriptor, content.address(), Math.min(length, CONTENT));
            int count = (int) path.checked(read, file);
            content.bytes().get(0, bytes, offset, count);
            return count == 0 ? -1 : count;
        }

        @Override
        public void close() {
            if (descriptor >= 0) {
                calls.close(descriptor);
                descriptor = -1;
            }
        }
    }
}
