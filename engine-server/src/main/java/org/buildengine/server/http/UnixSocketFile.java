package org.buildengine.server.http;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The file of a listening unix socket. It is bound in a private directory, given its mode there and then moved to its
 * place, so that it never stands there open to everybody, and a left-over is replaced in one step.
 */
final class UnixSocketFile {
    private static final int MAX_PATH_BYTES = 107;

    private final Path path;
    private Optional<Object> identity = Optional.empty();

    UnixSocketFile(Path path) {
        this.path = path.toAbsolutePath();
    }

    /** Where to bind: a name in a new private directory beside the final place. */
    Path prepare() throws IOException {
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw new IOException("the socket path " + path + " is longer than " + MAX_PATH_BYTES
                    + " bytes, which the kernel does not allow: choose a shorter one");
        }
        refuseIfTaken();
        Path parent = path.getParent();
        if (parent == null) {
            throw new IOException(path + " is no place for a socket");
        }
        Files.createDirectories(parent);
        Path directory = parent.resolve(
                "." + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt(), 6));
        Files.createDirectory(
                directory,
                java.nio.file.attribute.PosixFilePermissions.asFileAttribute(Set.of(
                        PosixFilePermission.OWNER_READ,
                        PosixFilePermission.OWNER_WRITE,
                        PosixFilePermission.OWNER_EXECUTE)));
        return directory.resolve("s");
    }

    /** Moves the bound socket to its place. */
    void publish(Path bound, Set<PosixFilePermission> mode) throws IOException {
        Files.setPosixFilePermissions(bound, mode);
        identity = Optional.ofNullable(
                Files.readAttributes(bound, BasicFileAttributes.class).fileKey());
        Files.move(bound, path, StandardCopyOption.ATOMIC_MOVE);
        Files.delete(directoryOf(bound));
    }

    private static Path directoryOf(Path bound) {
        return Objects.requireNonNull(bound.getParent(), "bound in a directory of its own");
    }

    /** Undoes {@link #prepare}. */
    void abandon(Path bound) throws IOException {
        Files.deleteIfExists(bound);
        Files.deleteIfExists(directoryOf(bound));
    }

    /** Removes the file if it is still the one that was published. */
    void remove() throws IOException {
        try {
            Object now = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
            if (identity.isPresent() && identity.get().equals(now)) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            identity = Optional.empty();
        }
    }

    private void refuseIfTaken() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!found.isOther()) {
            throw new IOException(path + " exists and is not a socket: remove it, or listen elsewhere (--listen)");
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw new IOException("another daemon answers at " + probe.getRemoteAddress()
                    + ": stop it, or listen elsewhere (--listen)");
        } catch (ConnectException e) {
            System.getLogger(UnixSocketFile.class.getName())
                    .log(System.Logger.Level.DEBUG, "{0} is a left-over and will be replaced", path);
        }
    }
}
