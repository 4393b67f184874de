import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Writes a POSIX archive (ustar) whose bytes depend on names, modes and contents alone: everything belongs to root and is of one time.
 * Hard links become files of their own.
 */
final class TarArchive {
    private static final int BLOCK = 512;
    private static final int NAME = 100;
    private static final int PREFIX = 155;

    private final OutputStream out;
    private final long time;

    /** @param time when everything in it was last changed, in seconds */
    TarArchive(OutputStream out, long time) {
        this.out = out;
        this.time = time;
    }

    /** Adds a directory, a regular file or a symbolic link, without what is in or behind it. */
    void add(String name, Path file) throws IOException {
        int mode = (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
        if (Files.isSymbolicLink(file)) {
            header(name, mode, 0, '2', Files.readSymbolicLink(file).toString());
        } else if (Files.isDirectory(file)) {
            header(name + "/", mode, 0, '5', "");
        } else {
            long size = Files.size(file);
            header(name, mode, size, '0', "");
            Files.copy(file, out);
            pad(size);
        }
    }

    private void header(String name, int mode, long size, char type, String target) throws IOException {
        byte[] block = new byte[BLOCK];
        int cut = name.length() <= NAME ? -1 : name.indexOf('/', name.length() - NAME - 1);
        String prefix = cut < 0 ? "" : name.substring(0, cut);
        put(block, 0, NAME, name.substring(cut + 1));
        put(block, 345, PREFIX, prefix);
        number(block, 100, 8, mode);
        number(block, 108, 8, 0);
        number(block, 116, 8, 0);
        number(block, 124, 12, size);
        number(block, 136, 12, time);
        block[156] = (byte) type;
        put(block, 157, NAME, target);
        put(block, 257, 8, "ustar\00000");
        Arrays.fill(block, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        number(block, 148, 7, sum);
        out.write(block);
    }

    private static void put(byte[] block, int offset, int length, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > length) {
            throw new IOException("\"" + text + "\" is too long for an archive");
        }
        System.arraycopy(bytes, 0, block, offset, bytes.length);
    }

    private static void number(byte[] block, int offset, int length, long value) throws IOException {
        put(block, offset, length - 1, String.format("%0" + (length - 1) + "o", value));
    }

    private void pad(long size) throws IOException {
        out.write(new byte[(int) (-size & (BLOCK - 1))]);
    }

    /** Writes the end; the stream stays open. */
    void finish() throws IOException {
        out.write(new byte[2 * BLOCK]);
    }
}
