package org.buildengine.snapshotter.tree;

/** Extended attributes in which the kernel's overlay keeps its own state ({@code fs/overlayfs/overlayfs.h}). */
public final class OverlayXattrs {
    /** With the value {@code y}: the directory hides what layers below have in it. */
    public static final String OPAQUE = "trusted.overlay.opaque";

    /**
     * Where the kernel copied a directory from; empty if nobody knows. It reads a directory that has this with an eye to
     * whiteouts also where only one layer has the directory; without it, their names would be listed there.
     */
    public static final String ORIGIN = "trusted.overlay.origin";

    public static final String REDIRECT = "trusted.overlay.redirect";
    public static final String METACOPY = "trusted.overlay.metacopy";

    private OverlayXattrs() {}

    /** Whether a name belongs to overlay, as root or in a user namespace. */
    public static boolean isReserved(String name) {
        return name.startsWith("trusted.overlay.") || name.startsWith("user.overlay.");
    }
}
