package org.buildengine.snapshotter.archive;

import org.buildengine.snapshotter.Attributes;

/**
 * One entry of a tar.
 *
 * @param name as the archive has it
 * @param type type flag of the format; an old file whose name ends with a slash is a directory here
 * @param size bytes of content that follow; 0 for everything but files
 * @param link target of a hard or symbolic link, else empty
 */
record TarEntry(String name, char type, Attributes attributes, long size, String link, int major, int minor) {
    /** No entry at all. */
    static final TarEntry NONE = new TarEntry("", '0', Attributes.ofMode(0), 0, "", 0, 0);
}
