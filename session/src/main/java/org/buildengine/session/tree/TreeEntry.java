package org.buildengine.session.tree;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * One node of a travelling tree, without its content.
 *
 * @param path relative to the tree's root, {@code /} between names, never empty, never leaving the root
 * @param type what kind of node; a hard link has the type of the file it names
 * @param mode permission bits with set-id and sticky, {@code 0} to {@code 07777}
 * @param uid owner
 * @param gid group
 * @param size bytes of a file's content; length of a symbolic link's target; otherwise 0
 * @param mtimeNanos modification time in nanoseconds since the epoch
 * @param linkTarget where a symbolic link points to; empty for everything else
 * @param hardLinkOf path of the entry that was sent before and is the same file; empty if this is the first
 * @param deviceMajor major number of a device, otherwise 0
 * @param deviceMinor minor number of a device, otherwise 0
 * @param xattrs extended attributes by full name
 * @param gitIgnored whether the sender's ignore files exclude it; such an entry is only announced
 */
public record TreeEntry(
        String path,
        EntryType type,
        int mode,
        int uid,
        int gid,
        long size,
        long mtimeNanos,
        String linkTarget,
        String hardLinkOf,
        long deviceMajor,
        long deviceMinor,
        Map<String, byte[]> xattrs,
        boolean gitIgnored) {

    public TreeEntry {
        Objects.requireNonNull(path);
        Objects.requireNonNull(type);
        if ((mode & ~07777) != 0) {
            throw new IllegalArgumentException("mode has bits beyond 07777: 0" + Integer.toOctalString(mode));
        }
        if (size < 0) {
            throw new IllegalArgumentException("negative size of " + path + ": " + size);
        }
        xattrs = xattrs.isEmpty() ? Map.of() : java.util.Collections.unmodifiableMap(new TreeMap<>(xattrs));
    }

    /** Root's directory. */
    public static TreeEntry directory(String path, int mode, long mtimeNanos) {
        return new TreeEntry(path, EntryType.DIRECTORY, mode, 0, 0, 0, mtimeNanos, "", "", 0, 0, Map.of(), false);
    }

    /** Root's regular file. */
    public static TreeEntry file(String path, int mode, long size, long mtimeNanos) {
        return new TreeEntry(path, EntryType.FILE, mode, 0, 0, size, mtimeNanos, "", "", 0, 0, Map.of(), false);
    }

    /** Root's symbolic link. */
    public static TreeEntry symlink(String path, String target, long mtimeNanos) {
        int length = target.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        return new TreeEntry(
                path, EntryType.SYMLINK, 0777, 0, 0, length, mtimeNanos, target, "", 0, 0, Map.of(), false);
    }

    /** This file again under the path of an entry that was sent before. */
    public TreeEntry asHardLinkOf(String firstPath) {
        return new TreeEntry(
                path,
                type,
                mode,
                uid,
                gid,
                size,
                mtimeNanos,
                "",
                firstPath,
                deviceMajor,
                deviceMinor,
                xattrs,
                gitIgnored);
    }

    /** The same node of another owner. */
    public TreeEntry withOwner(int newUid, int newGid) {
        return new TreeEntry(
                path,
                type,
                mode,
                newUid,
                newGid,
                size,
                mtimeNanos,
                linkTarget,
                hardLinkOf,
                deviceMajor,
                deviceMinor,
                xattrs,
                gitIgnored);
    }

    /** The same node, announced as ignored. */
    public TreeEntry asGitIgnored() {
        return new TreeEntry(
                path,
                type,
                mode,
                uid,
                gid,
                size,
                mtimeNanos,
                linkTarget,
                hardLinkOf,
                deviceMajor,
                deviceMinor,
                xattrs,
                true);
    }

    /** Whether this is another name of a file that was sent before. */
    public boolean isHardLink() {
        return type == EntryType.FILE && !hardLinkOf.isEmpty();
    }
}
