package org.buildengine.server.core;

import java.io.IOException;
import java.util.List;
import org.buildengine.solver.evidence.Build;
import org.buildengine.solver.evidence.Evidence;

/** What is kept of builds. Safe for use by several threads. */
public interface Builds {
    /** The builds, the latest first. */
    List<Build> all() throws IOException;

    /**
     * The build that is meant.
     *
     * @param id its id, or the beginning of it; empty for the latest
     * @throws IllegalArgumentException if none is meant, or more than one; the message is for the person
     */
    Build find(String id) throws IOException;

    /** What was decided about the steps of a build, inputs before what needs them. */
    List<Evidence> steps(Build build) throws IOException;
}
