package org.buildengine.snapshotter.layer;

/** Extended attributes in which the kernel's overlay keeps its own state. */
final class OverlayXattrs {
    static final String PREFIX = "trusted.overlay.";
    static final String OPAQUE = PREFIX + "opaque";
    static final String REDIRECT = PREFIX + "redirect";
    static final String METACOPY = PREFIX + "metacopy";

    private OverlayXattrs() {}

    /** Whether a name belongs to overlay, as root or in a user namespace. */
    static boolean isReserved(String name) {
        return name.startsWith(PREFIX) || name.startsWith("user.overlay.");
    }
}
