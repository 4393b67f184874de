package org.buildengine.session.hostfiles;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.jspecify.annotations.Nullable;

/** Deletes below a directory without ever following a link. */
final class DiskRemoval {
    private DiskRemoval() {}

    /** Deletes the node and everything below it; a link is deleted, not followed. Nothing happens if it is missing. */
    static void recursively(Path path) throws IOException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            var _ = Files.deleteIfExists(path);
            return;
        }
        var _ = Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /**
     * Deletes what an engine names.
     *
     * @param root nothing outside is touched
     * @param named relative, clean, without links on the way; a trailing slash allows a directory with its contents
     */
    static void named(Path root, String named) throws IOException {
        boolean recursive = named.endsWith("/");
        String path = recursive ? named.substring(0, named.length() - 1) : named;
        if (path.isEmpty() || path.startsWith("/") || path.indexOf('\\') >= 0 || path.indexOf('\0') >= 0) {
            throw refused(named, "it is not a clean relative path");
        }
        Path parent = root;
        List<String> names = List.of(path.split("/", -1));
        for (String name : names) {
            if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                throw refused(named, "it is not a clean relative path");
            }
        }
        for (String name : names.subList(0, names.size() - 1)) {
            parent = parent.resolve(name);
            if (Files.isSymbolicLink(parent)) {
                throw refused(named, parent + " is a symbolic link");
            }
        }
        Path target = parent.resolve(names.getLast());
        if (recursive) {
            recursively(target);
        } else {
            var _ = Files.deleteIfExists(target);
        }
    }

    /** Deletes everything below {@code root} whose path is not in {@code kept}. */
    static void allBut(Path root, Set<String> kept) throws IOException {
        allBut(root, "", kept);
    }

    private static void allBut(Path directory, String prefix, Set<String> kept) throws IOException {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(children::add);
        } catch (NoSuchFileException vanished) {
            return;
        }
        for (Path child : children) {
            String path = prefix + child.getFileName();
            if (!kept.contains(path)) {
                recursively(child);
            } else if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
                allBut(child, path + "/", kept);
            }
        }
    }

    private static HostException refused(String named, String why) {
        return new HostException(
                Reason.PROTOCOL, "the engine asked to remove \"" + named + "\", which is refused: " + why);
    }
}
