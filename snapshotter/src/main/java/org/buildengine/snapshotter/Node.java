package org.buildengine.snapshotter;

import java.util.Optional;

/**
 * One node of a {@link Tree}.
 *
 * @param path slash-separated, relative to the root of the tree, without leading or trailing slash; empty for the root
 * @param size bytes of a file, length of a link target; 0 otherwise
 * @param linkTarget target of a symbolic link, as stored
 * @param content SHA-256 of the bytes of a file
 * @param deviceMajor major number of a device node, else 0
 * @param deviceMinor minor number of a device node, else 0
 */
public record Node(
        String path,
        NodeType type,
        Attributes attributes,
        long size,
        Optional<String> linkTarget,
        Optional<Digest> content,
        int deviceMajor,
        int deviceMinor) {

    /** The last element of the path; empty for the root. */
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    public boolean isDirectory() {
        return type == NodeType.DIRECTORY;
    }

    public boolean isFile() {
        return type == NodeType.FILE;
    }

    public boolean isSymlink() {
        return type == NodeType.SYMLINK;
    }
}
