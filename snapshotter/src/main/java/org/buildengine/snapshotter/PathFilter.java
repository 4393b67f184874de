package org.buildengine.snapshotter;

/**
 * Chooses nodes of a tree by path. Parents of a chosen node are always kept. Implementations are immutable and may be
 * called from any thread.
 */
public interface PathFilter {
    /** Chooses everything. */
    PathFilter ALL = new PathFilter() {
        @Override
        public boolean includes(String path, boolean directory) {
            return true;
        }

        @Override
        public boolean mayIncludeBelow(String directory) {
            return true;
        }
    };

    /** Whether the node at {@code path} (relative to the filtered directory, never empty) is chosen itself. */
    boolean includes(String path, boolean directory);

    /** Whether anything below the directory at {@code path} can be chosen; {@code false} prunes the walk. */
    boolean mayIncludeBelow(String path);
}
