package org.buildengine.snapshotter.property;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.linux.Errno;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.TreeRemoval;

/**
 * Archives unpacked by GNU tar into a plain directory, one after the other; what the marks of each hide goes first, and the
 * directories of the marks are made in their turn, if they are not there. What tar does not do is done before it: removing a directory that a file replaces, and the extended attributes of one that an entry
 * describes anew.
 */
final class Unpacking {
    private final Path top;
    private final Path scratch;
    private final List<Archive.Entry> pending = new ArrayList<>();

    /** Unpacking into an empty directory, with another for files that come and go. */
    Unpacking(Path top, Path scratch) throws IOException {
        this.top = top;
        this.scratch = scratch;
        LinuxFiles.chmod(top.toString(), 0755);
    }

    void apply(Archive archive) throws Exception {
        for (Archive.Entry entry : archive.entries()) {
            if (entry.mark()) {
                hide(entry);
            }
        }
        for (Archive.Entry entry : archive.entries()) {
            if (entry.mark()) {
                unpackPending();
                makeDirectories(directoryOf(entry));
            } else {
                if (entry.type() != '5' && mayBeDirectory(entry.path())) {
                    unpackPending();
                    removeDirectory(entry.path());
                } else if (entry.type() == '5') {
                    forgetXattrs(entry.path());
                }
                pending.add(entry);
            }
        }
        unpackPending();
    }

    private boolean mayBeDirectory(String path) {
        return pending.stream()
                        .anyMatch(before ->
                                before.path().equals(path) || before.path().startsWith(path + "/"))
                || isDirectory(path);
    }

    private boolean isDirectory(String path) {
        try {
            return LinuxFiles.status(place(path)).type() == org.buildengine.snapshotter.NodeType.DIRECTORY;
        } catch (LinuxException e) {
            return false;
        }
    }

    private String place(String path) {
        return top + "/" + path;
    }

    private void removeDirectory(String path) throws IOException {
        if (isDirectory(path)) {
            TreeRemoval.remove(place(path));
        }
    }

    private void forgetXattrs(String path) throws Exception {
        if (pending.stream().anyMatch(before -> before.path().equals(path))) {
            unpackPending();
        }
        if (isDirectory(path)) {
            for (String name : LinuxFiles.xattrs(place(path)).keySet()) {
                LinuxFiles.removeXattr(place(path), name);
            }
        }
    }

    private static String directoryOf(Archive.Entry mark) {
        String path = mark.path();
        return mark.type() == Archive.OPAQUE ? path : path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    private void hide(Archive.Entry mark) throws IOException {
        try {
            if (mark.type() == Archive.OPAQUE) {
                for (String name : names(mark.path())) {
                    TreeRemoval.remove(place(mark.path()) + "/" + name);
                }
            } else {
                TreeRemoval.remove(place(mark.path()));
            }
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOTDIR && e.errno() != Errno.ENOENT && e.errno() != Errno.ELOOP) {
                throw e;
            }
        }
    }

    private List<String> names(String directory) throws IOException {
        try (var scan = new org.buildengine.snapshotter.linux.DirectoryScan()) {
            return scan.list(place(directory) + "/.").stream()
                    .map(entry -> entry.name())
                    .toList();
        }
    }

    private void makeDirectories(String path) throws IOException, Property.Discarded {
        String place = top.toString();
        for (String name : path.isEmpty() ? new String[0] : path.split("/")) {
            place += "/" + name;
            try {
                LinuxFiles.makeDirectory(place, 0755);
            } catch (LinuxException e) {
                if (e.errno() != Errno.EEXIST
                        || !isDirectory(place.substring(top.toString().length() + 1) + "/.")) {
                    throw new Property.Discarded("a mark where there is no directory");
                }
            }
        }
    }

    private void unpackPending() throws Exception {
        if (pending.isEmpty()) {
            return;
        }
        Path archive = scratch.resolve("archive.tar");
        Files.write(archive, new Archive(List.copyOf(pending)).bytes());
        pending.clear();
        untar(archive, top, scratch);
    }

    /** Unpacks one archive over what is in a directory. */
    static void untar(Path archive, Path top, Path scratch) throws Exception {
        Path said = scratch.resolve("tar.out");
        Process tar = new ProcessBuilder(
                        "tar",
                        "--xattrs",
                        "--xattrs-include=*",
                        "--absolute-names",
                        "--numeric-owner",
                        "-p",
                        "-xf",
                        archive.toString(),
                        "-C",
                        top.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(tar.waitFor(60, TimeUnit.SECONDS)).isTrue();
            if (tar.exitValue() != 0) {
                throw new Property.Discarded("tar cannot: " + Files.readString(said, StandardCharsets.ISO_8859_1));
            }
        } finally {
            tar.destroyForcibly();
        }
    }
}
