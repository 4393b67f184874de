package org.buildengine.server;

import java.io.IOException;
import java.util.List;
import org.buildengine.server.core.Builds;
import org.buildengine.solver.evidence.Build;
import org.buildengine.solver.evidence.BuildHistory;
import org.buildengine.solver.evidence.Evidence;

/** The builds of a history, as they are when they are asked for. Safe for use by several threads. */
record KeptBuilds(BuildHistory history) implements Builds {
    @Override
    public List<Build> all() throws IOException {
        return history.read().builds();
    }

    @Override
    public Build find(String id) throws IOException {
        return history.read().build(id);
    }

    @Override
    public List<Evidence> steps(Build build) throws IOException {
        return history.read().steps(build);
    }
}
