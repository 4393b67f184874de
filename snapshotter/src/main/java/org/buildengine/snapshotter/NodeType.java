package org.buildengine.snapshotter;

/** What a node of a file tree is. */
public enum NodeType {
    FILE("file"),
    DIRECTORY("directory"),
    SYMLINK("symbolic link"),
    CHAR_DEVICE("character device"),
    BLOCK_DEVICE("block device"),
    FIFO("named pipe"),
    SOCKET("socket");

    private final String noun;

    NodeType(String noun) {
        this.noun = noun;
    }

    /** What a user calls it, for use after "a". */
    public String noun() {
        return noun;
    }
}
