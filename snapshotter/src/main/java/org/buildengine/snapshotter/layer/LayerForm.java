package org.buildengine.snapshotter.layer;

/** How layers that we write ourselves are kept and mounted on this host. Found by a probe at start. */
public enum LayerForm {
    /** One EROFS image per layer, mounted straight from the file (Linux 6.12 and later). */
    EROFS_FILE,
    /** One EROFS image per layer, mounted through a loop device. */
    EROFS_LOOP,
    /** A directory in the form that overlay expects of a lower. */
    DIRECTORY;

    /** Whether layers of this form are written as {@link LayerCatalog#IMAGE}. */
    public boolean image() {
        return this != DIRECTORY;
    }
}
