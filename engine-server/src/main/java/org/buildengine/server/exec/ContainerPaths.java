package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.FileStatus;
import org.buildengine.snapshotter.linux.LinuxFiles;

/**
 * Where the paths of a container lie on the host, before it starts. Links are followed as inside the container: none
 * leads out of it, and mounts are crossed. Used by one platform thread.
 */
final class ContainerPaths {
    private static final int MAX_LINKS = 255;

    /**
     * A mount.
     *
     * @param target real path in the container
     * @param source what is mounted there; empty for a file system that only exists inside
     * @param kept whether the tree is a workspace of this execution alone, and is kept
     */
    private record Mount(String target, Optional<Path> source, boolean kept) {}

    /**
     * A place in the container.
     *
     * @param path its real path in the container; the end of it need not exist
     * @param base root of the tree that it lies in, on the host; empty if that tree only exists inside
     * @param relative its path below the base
     * @param kept whether that tree is a workspace of this execution alone, and is kept
     */
    record Place(String path, Optional<Path> base, Path relative, boolean kept) {
        /** Its path on the host, without links in it. */
        Optional<Path> host() {
            return base.map(root -> root.resolve(relative));
        }
    }

    private final List<Mount> mounts = new ArrayList<>();

    /**
     * Where paths lead, or that they lead nowhere. What is put into the trees before a container starts are files and
     * directories where nothing was, so this stays true until something is mounted there.
     */
    private final Map<String, Optional<String>> links = new HashMap<>();

    ContainerPaths(Path root) {
        mounts.add(new Mount("/", Optional.of(root), true));
    }

    /** Adds a mount over what is there so far. */
    void mount(Place at, Optional<Path> source, boolean kept) {
        mounts.add(new Mount(at.path(), source, kept));
        links.keySet().removeIf(path -> below(path, at.path()));
    }

    /**
     * Finds a place.
     *
     * @throws IOException if there are too many links on the way
     */
    Place locate(String path) throws IOException {
        List<String> elements = elements(path);
        Place straight = place("/" + String.join("/", elements));
        boolean linksAhead = elements.contains("..")
                || straight.host()
                        .filter(host -> !LinuxFiles.isStraight(host.toString()))
                        .isPresent();
        return linksAhead ? follow(path, elements) : straight;
    }

    private Place follow(String path, List<String> elements) throws IOException {
        Deque<String> ahead = new ArrayDeque<>(elements);
        var at = new ArrayList<String>();
        int links = 0;
        while (!ahead.isEmpty()) {
            String name = ahead.pop();
            if (name.equals("..")) {
                if (!at.isEmpty()) {
                    at.removeLast();
                }
                continue;
            }
            at.add(name);
            Optional<String> target = link(at);
            if (target.isEmpty()) {
                continue;
            }
            if (++links > MAX_LINKS) {
                throw new IOException(path + ": too many levels of symbolic links");
            }
            at.removeLast();
            if (target.get().startsWith("/")) {
                at.clear();
            }
            elements(target.get()).reversed().forEach(ahead::push);
        }
        return place("/" + String.join("/", at));
    }

    private static List<String> elements(String path) {
        return List.of(path.split("/", -1)).stream()
                .filter(name -> !name.isEmpty() && !name.equals("."))
                .toList();
    }

    private Optional<String> link(List<String> at) throws IOException {
        String path = "/" + String.join("/", at);
        Optional<String> known = links.get(path);
        if (known == null) {
            known = link(place(path));
            links.put(path, known);
        }
        return known;
    }

    private static Optional<String> link(Place place) throws IOException {
        if (place.host().isEmpty() || place.relative().toString().isEmpty()) {
            return Optional.empty();
        }
        Path host = place.host().get();
        return LinuxFiles.isLink(host.toString())
                ? Optional.of(Files.readSymbolicLink(host).toString())
                : Optional.empty();
    }

    private Place place(String path) {
        for (Mount mount : mounts.reversed()) {
            String target = mount.target();
            if (below(path, target)) {
                int below = target.equals("/") ? 1 : target.length() + 1;
                Path relative = Path.of(path.substring(Math.min(below, path.length())));
                return new Place(path, mount.source(), relative, mount.kept());
            }
        }
        throw new AssertionError("the root is always mounted");
    }

    private static boolean below(String path, String target) {
        return path.equals(target) || target.equals("/") || path.startsWith(target + "/");
    }

    /** What is at a place, if anything is and it can be seen from outside. */
    static Optional<FileStatus> look(Place place) {
        return place.host().flatMap(host -> LinuxFiles.find(host.toString()));
    }

    /** The content of a regular file of at most {@code limit} bytes, or empty if there is none. */
    static Optional<byte[]> read(Place place, int limit) throws IOException {
        Optional<FileStatus> found = look(place).filter(FileStatus::isRegularFile);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        if (found.get().size() > limit) {
            throw new IOException(place.path() + " is larger than " + limit + " bytes");
        }
        try (Descriptor base = Descriptor.directory(base(place).toString());
                Descriptor file = base.fileBelow(place.relative().toString())) {
            return Optional.of(file.read(limit));
        }
    }

    /**
     * Opens a file at a place found before. Every element is opened relative to the one before and no link is followed,
     * so that nobody who shares the tree can lead it elsewhere in the meantime.
     */
    static SeekableByteChannel open(Place place, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        var all = new HashSet<OpenOption>(options);
        all.add(LinkOption.NOFOLLOW_LINKS);
        try (SecureDirectoryStream<Path> parent = parent(place)) {
            return parent.newByteChannel(name(place), all, attributes);
        }
    }

    /** Gives a file at a place found before another owner. */
    static void own(Place place, int uid, int gid) throws IOException {
        try (SecureDirectoryStream<Path> parent = parent(place)) {
            PosixFileAttributeView view =
                    parent.getFileAttributeView(name(place), PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
            var lookup = place.relative().getFileSystem().getUserPrincipalLookupService();
            view.setOwner(lookup.lookupPrincipalByName(Integer.toUnsignedString(uid)));
            view.setGroup(lookup.lookupPrincipalByGroupName(Integer.toUnsignedString(gid)));
        }
    }

    private static Path name(Place place) throws IOException {
        Path name = place.relative().getFileName();
        if (name == null || name.toString().isEmpty()) {
            throw new IOException(place.path() + ": is a directory");
        }
        return name;
    }

    private static Path base(Place place) throws IOException {
        return place.base()
                .orElseThrow(() -> new IOException(
                        place.path() + ": lies in a file system that only exists inside the container"));
    }

    private static SecureDirectoryStream<Path> parent(Place place) throws IOException {
        SecureDirectoryStream<Path> at = secure(base(place), place);
        int parents = place.relative().getNameCount() - 1;
        for (int i = 0; i < parents; i++) {
            try (SecureDirectoryStream<Path> outer = at) {
                at = outer.newDirectoryStream(place.relative().getName(i), LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                throw new IOException(place.path() + ": no such file or directory", e);
            }
        }
        return at;
    }

    @SuppressWarnings("StreamResourceLeak") // Closed by the caller, who gets it.
    private static SecureDirectoryStream<Path> secure(Path base, Place place) throws IOException {
        var stream = Files.newDirectoryStream(base);
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException(place.path() + ": this system cannot open files without following links");
    }
}
