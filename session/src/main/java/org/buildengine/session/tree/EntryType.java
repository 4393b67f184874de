package org.buildengine.session.tree;

/** Kinds of nodes of a tree. */
public enum EntryType {
    /** A regular file, or another name of one. */
    FILE,
    /** A directory. */
    DIRECTORY,
    /** A symbolic link. */
    SYMLINK,
    /** A named pipe. */
    FIFO,
    /** A character device. */
    CHARACTER_DEVICE,
    /** A block device. */
    BLOCK_DEVICE,
    /** A socket; never sent. */
    SOCKET
}
