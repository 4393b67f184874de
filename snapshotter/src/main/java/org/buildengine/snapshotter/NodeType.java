package org.buildengine.snapshotter;

/** What a node of a file tree is. */
public enum NodeType {
    FILE,
    DIRECTORY,
    SYMLINK,
    CHAR_DEVICE,
    BLOCK_DEVICE,
    FIFO,
    SOCKET
}
