/**
 * Uncompressed EROFS images: written in one pass over the contents, read by offset without mounting. Called by package
 * {@code layer}.
 *
 * <p>Form of an image: block 0 holds the superblock and the root's inode. Then follow, in the order in which they came,
 * runs of blocks with inodes (and the last bytes of their files) and the whole blocks of large files; at the end
 * everything that depends on all names: links, devices, directories. Inode numbers count units of 32 bytes from the
 * start of the image. The form is that of the kernel's {@code fs/erofs/erofs_fs.h}.
 *
 * <p>Only images that this package wrote are ever read or mounted.
 */
@NullMarked
package org.buildengine.snapshotter.erofs;

import org.jspecify.annotations.NullMarked;
