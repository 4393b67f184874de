package org.buildengine.server.core;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.buildengine.server.DaggerClient;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Snapshot;

/**
 * Reaches the machines of clients. Blocks, and is meant for virtual threads. Errors are meant for the person and name the
 * path as it is on the client's machine.
 */
public interface Hosts {
    /**
     * Reads a directory of the client into the store, which keeps it as long as the session lasts: owners become root, extended
     * attributes are dropped.
     */
    Uploaded upload(DaggerClient client, Selection selection) throws IOException, InterruptedException;

    /**
     * Writes the contents of {@code tree} into a directory of the client.
     *
     * @param wipe whether what else is in the directory is removed
     * @return the absolute path of the directory
     */
    String exportDirectory(DaggerClient client, ScopedTree tree, String path, boolean wipe)
            throws IOException, InterruptedException;

    /**
     * Writes a file of {@code tree} to the client.
     *
     * @param name the file's own name
     * @param allowParent whether {@code path} may be a directory, which the file then goes into under its own name
     * @return the absolute form of {@code path}
     */
    String exportFile(DaggerClient client, ScopedTree tree, Node file, String name, String path, boolean allowParent)
            throws IOException, InterruptedException;

    /** Where {@code name} is found in the client's working directory or the nearest one above it, relative to the former. */
    Optional<String> findUp(DaggerClient client, String name) throws IOException, InterruptedException;

    /** The plaintext that a provider of the client finds under {@code uri}. */
    byte[] secret(DaggerClient client, String uri) throws IOException, InterruptedException;

    /**
     * What is read of the client's files.
     *
     * @param path directory, absolute or relative to the client's working directory
     * @param include Docker-ignore patterns of what is read; empty means everything
     * @param exclude Docker-ignore patterns of what is left out
     * @param gitignore whether the {@code .gitignore} files of the enclosing repository apply too
     */
    record Selection(String path, List<String> include, List<String> exclude, boolean gitignore) {
        public Selection {
            include = List.copyOf(include);
            exclude = List.copyOf(exclude);
        }
    }

    /**
     * What was read.
     *
     * @param content digest of the tree
     * @param snapshot where it lies
     */
    record Uploaded(Digest content, Snapshot snapshot) {}
}
