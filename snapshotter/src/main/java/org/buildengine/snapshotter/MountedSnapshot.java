package org.buildengine.snapshotter;

import java.io.Closeable;
import java.nio.file.Path;

/** A snapshot mounted read-only. Mounts of one snapshot are shared; closing gives one use back, twice does nothing. */
public interface MountedSnapshot extends Closeable {
    /** Where the tree is mounted, in the daemon's mount namespace. */
    Path root();
}
