package org.buildengine.snapshotter.mount;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.linux.FsContext;
import org.buildengine.snapshotter.linux.Mounts;

/**
 * How overlays are mounted on this host.
 *
 * @param modern whether the kernel takes lowers one by one (Linux 6.8 and later); otherwise all of them must fit into
 *     one page of options
 * @param unsynced whether an upper can be mounted {@code volatile}: without a synchronisation per copy-up and at the
 *     unmount; the store knows by its epochs what has reached the disk
 */
public record Overlay(boolean modern, boolean unsynced) {
    /** The kernel's limit. */
    private static final int MOST_LOWERS = 500;

    /** Up to how many layers are mounted one by one; each is a look-up more for a name that is not there. */
    private static final int MANY_LOWERS = 100;

    private static final int MANY_LOWERS_IN_A_PAGE = 32;

    private static final int MOST_OPTION_BYTES = 4095;

    /**
     * Where changes go.
     *
     * @param upper gets the changes
     * @param work scratch directory of the kernel, on the same file system
     */
    record Writable(Path upper, Path work) {}

    /** How many layers a tree may have before some of them are better mounted as one. */
    int many() {
        return modern ? MANY_LOWERS : MANY_LOWERS_IN_A_PAGE;
    }

    /** How many lowers a mount may have, one of them for whoever makes the tree. */
    int most() {
        return modern ? MOST_LOWERS - 1 : MANY_LOWERS_IN_A_PAGE;
    }

    /** Mounts the lowers, the topmost first, at {@code point}; read-only if nothing is to take the changes. */
    void mount(Path point, List<Path> lowers, Optional<Writable> writable) throws IOException {
        if (lowers.size() > MOST_LOWERS) {
            throw new IOException("this tree has " + lowers.size() + " large layers, and the kernel stacks at most "
                    + MOST_LOWERS + "; combine steps or start from a flattened image");
        }
        if (modern) {
            mountModern(point, lowers, writable);
        } else {
            mountClassic(point, lowers, writable);
        }
    }

    /**
     * Layers must not depend on the ones below them, so nothing may be redirected or left there; and the index would
     * refuse an upper that saw other lowers before.
     */
    private void mountModern(Path point, List<Path> lowers, Optional<Writable> writable) throws IOException {
        try (FsContext context = FsContext.open("overlay")) {
            context.set("source", "overlay");
            for (Path lower : lowers) {
                context.set("lowerdir+", lower.toString());
            }
            context.set("redirect_dir", "off").set("metacopy", "off").set("index", "off");
            if (writable.isPresent()) {
                context.set("upperdir", writable.get().upper().toString())
                        .set("workdir", writable.get().work().toString());
                if (unsynced) {
                    context.set("volatile");
                }
            }
            context.mount(point.toString(), writable.isPresent() ? 0 : Mounts.ATTR_READ_ONLY);
        }
    }

    private void mountClassic(Path point, List<Path> lowers, Optional<Writable> writable) throws IOException {
        var options = new StringBuilder("redirect_dir=off,metacopy=off,index=off,lowerdir=")
                .append(lowers.stream().map(Overlay::escape).collect(Collectors.joining(":")));
        writable.ifPresent(w -> {
            options.append(",upperdir=").append(escape(w.upper()));
            options.append(",workdir=").append(escape(w.work()));
            options.append(unsynced ? ",volatile" : "");
        });
        if (options.length() > MOST_OPTION_BYTES) {
            throw new IOException("this tree has " + lowers.size()
                    + " layers, more than this kernel takes with paths of this length; use Linux 6.8 or later, a "
                    + "shorter root directory, or fewer steps");
        }
        long flags = writable.isPresent() ? 0 : Mounts.READ_ONLY;
        Mounts.mount("overlay", point.toString(), "overlay", flags, options.toString());
    }

    private static String escape(Path path) {
        return path.toString().replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,");
    }
}
