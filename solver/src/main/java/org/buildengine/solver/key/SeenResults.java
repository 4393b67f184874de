package org.buildengine.solver.key;

import java.io.IOException;
import java.util.List;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.Reuse;

/** Tells results apart by their contents, for steps that must not be given what was made of another one. */
public record SeenResults(Trees trees) {
    /** Gives the trees of results. */
    @FunctionalInterface
    public interface Trees {
        Tree tree(Snapshot snapshot) throws IOException;
    }

    /**
     * An input as the step counts it that works on it. If the input may only be so old, an older one may have been there under the
     * same identity, and what was made of that one will not do: then its contents count too.
     */
    public StoredResult counted(StoredResult input, Reuse reuse) throws IOException {
        return reuse.age().isPresent() ? input.withIdentity(identity(input.identity(), input.outputs())) : input;
    }

    /** The identity of one of many results of {@code key}: the contents count too. */
    public Digest identity(Digest key, List<Snapshot> outputs) throws IOException {
        var encoder = new KeyEncoder().text("seen").digest(key).list(outputs.size());
        for (Snapshot output : outputs) {
            encoder.digest(trees.tree(output).digest("", PathFilter.ALL));
        }
        return encoder.finish();
    }
}
