package org.buildengine.solver.nested;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.InputRef;

/**
 * Reads a definition and demands what it describes. The tree counts by its content, so that who works on it shares what was made of
 * the same tree, however that came about. Safe for use by several threads.
 */
public final class BuildRunner implements OpRunner<BuildOp> {
    private static final int LONGEST = 16 << 20;

    private final Snapshotter snapshotter;
    private final GraphDecoder decoder;

    public BuildRunner(Snapshotter snapshotter, GraphDecoder decoder) {
        this.snapshotter = snapshotter;
        this.decoder = decoder;
    }

    @Override
    public Output run(BuildOp op, List<Snapshot> inputs, Run run) throws Exception {
        if (op.nesting() >= BuildOp.DEEPEST) {
            throw new IOException(op.definition() + " is in " + op.nesting()
                    + " other definitions, and no more may be in each other; perhaps one of them builds itself");
        }
        InputRef described = decode(op, read(op.definition(), snapshotter.tree(inputs.getFirst())), run);
        Snapshot built = run.demand(described.vertex()).outputs().get(described.output());
        return new Output(
                List.of(built), Optional.of(snapshotter.tree(built).digest("", PathFilter.ALL)), Map.of(), Set.of());
    }

    private static byte[] read(String path, Tree tree) throws IOException {
        Node file = tree.resolve(path, true)
                .orElseThrow(() -> new IOException("there is no " + path + " in the tree to build from"));
        if (!file.isFile()) {
            throw new IOException(path + " is a " + file.type().noun() + ", not a file with a definition");
        }
        if (file.size() > LONGEST) {
            throw new IOException(
                    path + " has " + file.size() + " bytes, and a definition may have " + LONGEST + " at most");
        }
        try (InputStream bytes = tree.open(file)) {
            return bytes.readAllBytes();
        }
    }

    private InputRef decode(BuildOp op, byte[] definition, Run run) throws InterruptedException, IOException {
        try {
            return decoder.decode(definition, op.nesting() + 1, run);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(op.definition() + ": " + (e.getMessage() == null ? e : e.getMessage()), e);
        }
    }
}
