package org.buildengine.server.core;

import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Node;
import org.buildengine.solver.op.KeyEncoder;

/**
 * What a path of a tree is.
 *
 * @param name last element of the path
 * @param size bytes of a file, length of a link's target
 * @param fileType {@code REGULAR}, {@code DIRECTORY}, {@code SYMLINK} or {@code UNKNOWN}
 * @param permissions the low nine bits
 */
public record Stat(String name, long size, String fileType, int permissions) implements CoreObject {
    private static final int LINK_PERMISSIONS = 0777;

    /** What {@code node} is. */
    static Stat of(Node node) {
        String type = switch (node.type()) {
            case FILE -> "REGULAR";
            case DIRECTORY -> "DIRECTORY";
            case SYMLINK -> "SYMLINK";
            default -> "UNKNOWN";
        };
        int permissions =
                node.isSymlink() ? LINK_PERMISSIONS : node.attributes().mode() & 0777;
        return new Stat(node.path().isEmpty() ? "/" : node.name(), node.size(), type, permissions);
    }

    @Override
    public String typeName() {
        return "Stat";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder()
                .text("Stat")
                .text(name)
                .number(size)
                .text(fileType)
                .number(permissions)
                .finish();
    }
}
