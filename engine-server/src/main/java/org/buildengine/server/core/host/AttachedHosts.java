package org.buildengine.server.core.host;

import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.core.Hosts;
import org.buildengine.server.core.ScopedTree;
import org.buildengine.server.core.SessionOwner;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HostExport;
import org.buildengine.session.attachables.HostExport.Existing;
import org.buildengine.session.attachables.HostFiles;
import org.buildengine.session.attachables.HostSecrets;
import org.buildengine.session.tree.EntryType;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshotter;

/** The machines of clients, as they attached them. Safe for use by several threads. */
public final class AttachedHosts implements Hosts {
    private final Connections connections;
    private final Snapshotter snapshotter;
    private final UploadHistory history;

    /**
     * Reaches clients through {@code connections}.
     *
     * @param snapshotter where what is read of them is put
     * @param clock tells which files are so young that they may change without a new time
     */
    public AttachedHosts(Connections connections, Snapshotter snapshotter, InstantSource clock) {
        this.connections = connections;
        this.snapshotter = snapshotter;
        this.history = new UploadHistory(snapshotter.results(), clock);
    }

    @Override
    public Uploaded upload(DaggerClient client, Selection selection) throws IOException, InterruptedException {
        HostFiles files = new HostFiles(connections.of(client));
        String path = files.absolutePath(selection.path());
        TreeEntry root = stat(files, path);
        if (root.type() != EntryType.DIRECTORY) {
            throw new IOException("path " + path + " is a file, not a directory");
        }
        // A repository above has ignore files of its own, so it is read from its top.
        String top = selection.gitignore() ? repository(files, root.path()).orElse(root.path()) : root.path();
        var part = TreePart.of(top, root.path());
        Optional<Digest> key = UploadHistory.key(client, root.path(), selection);
        Owner owner = SessionOwner.of(client.session(), snapshotter.results());
        EarlierUpload earlier = key.map(known -> history.find(known, owner)).orElse(EarlierUpload.NONE);
        long scanned = history.now();
        try (LayerWriter writer = snapshotter.writeLayer("upload of " + path)) {
            var sink = new UploadSink(earlier, snapshotter, writer, part);
            files.importDirectory(
                    top,
                    part.include(selection.include()),
                    part.exclude(selection.exclude()),
                    selection.gitignore(),
                    sink);
            EarlierUpload upload = sink.finish(scanned, snapshotter);
            if (!upload.equals(earlier)) {
                history.keep(key, upload, path, owner);
            }
            return new Uploaded(upload.content(), upload.snapshot());
        }
    }

    private static Optional<String> repository(HostFiles files, String directory)
            throws IOException, InterruptedException {
        return nearest(files, directory, ".git").map(Found::directory);
    }

    private static TreeEntry stat(HostFiles files, String path) throws IOException, InterruptedException {
        try {
            return files.stat(path, true);
        } catch (HostException e) {
            if (e.reason() == Reason.NOT_FOUND) {
                throw new IOException(path + ": no such file or directory", e);
            }
            throw e;
        }
    }

    @Override
    public String exportDirectory(DaggerClient client, ScopedTree tree, String path, boolean wipe)
            throws IOException, InterruptedException {
        Attachables connection = connections.of(client);
        new HostExport(connection)
                .exportDirectory(new ScopedTreeSource(tree), path, wipe ? Existing.WIPE : Existing.MERGE, List.of());
        return absolute(connection, path);
    }

    @Override
    public String exportFile(
            DaggerClient client, ScopedTree tree, Node file, String name, String path, boolean allowParent)
            throws IOException, InterruptedException {
        Attachables connection = connections.of(client);
        try (InputStream content = tree.open(file)) {
            new HostExport(connection)
                    .exportFile(
                            content, path, name, allowParent, file.attributes().mode());
        }
        return absolute(connection, path);
    }

    private static String absolute(Attachables connection, String path) throws IOException, InterruptedException {
        return new HostFiles(connection).stat(path, false).path();
    }

    @Override
    public Optional<String> findUp(DaggerClient client, String name) throws IOException, InterruptedException {
        HostFiles files = new HostFiles(connections.of(client));
        return nearest(files, files.absolutePath("."), name).map(found -> "../".repeat(found.above()) + name);
    }

    /** A directory that has what was looked for, and how far above the start it is. */
    private record Found(String directory, int above) {}

    private static Optional<Found> nearest(HostFiles files, String start, String name)
            throws IOException, InterruptedException {
        String directory = start;
        for (int above = 0; ; above++) {
            if (exists(files, directory.endsWith("/") ? directory + name : directory + "/" + name)) {
                return Optional.of(new Found(directory, above));
            }
            int slash = directory.lastIndexOf('/');
            if (slash < 0 || directory.equals("/")) {
                return Optional.empty();
            }
            directory = slash == 0 ? "/" : directory.substring(0, slash);
        }
    }

    private static boolean exists(HostFiles files, String path) throws IOException, InterruptedException {
        try {
            files.stat(path, false);
            return true;
        } catch (HostException e) {
            if (e.reason() == Reason.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public byte[] secret(DaggerClient client, String uri) throws IOException, InterruptedException {
        return new HostSecrets(connections.of(client)).secret(uri);
    }
}
