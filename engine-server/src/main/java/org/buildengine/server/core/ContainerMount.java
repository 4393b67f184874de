package org.buildengine.server.core;

import java.util.Optional;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.KeyEncoder;

/** What a container has mounted over its root file system. Secrets are kept apart: they are no part of its files. */
public sealed interface ContainerMount {
    /** Where, absolute and clean. */
    String target();

    void encode(KeyEncoder into);

    /**
     * A directory or file of another tree.
     *
     * @param source path within the tree, clean and relative
     * @param file whether it is a file
     * @param readOnly whether executions cannot change it
     */
    record Tree(String target, InputRef tree, String source, boolean file, boolean readOnly) implements ContainerMount {
        Tree withTree(InputRef changed) {
            return new Tree(target, changed, source, file, readOnly);
        }

        @Override
        public void encode(KeyEncoder into) {
            into.text("tree").text(target).digest(tree.vertex().demanded()).number(tree.output());
            into.text(source).flag(file).flag(readOnly);
        }
    }

    /**
     * A cache volume.
     *
     * @param owner {@code uid:gid} of the root of a new volume
     */
    record Cache(String target, CacheVolume volume, String owner) implements ContainerMount {
        @Override
        public void encode(KeyEncoder into) {
            into.text("cache").text(target).digest(volume.digest()).text(owner);
        }
    }

    /**
     * A file system in memory.
     *
     * @param size most bytes; empty for no limit
     */
    record Temp(String target, Optional<Long> size) implements ContainerMount {
        @Override
        public void encode(KeyEncoder into) {
            into.text("temp").text(target).number(size.orElse(0L));
        }
    }
}
