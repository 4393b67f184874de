package org.buildengine.server.core;

import java.util.Optional;
import org.buildengine.solver.op.Vertex;

/** An object that stands for work to be done: progress and output of the work are shown at the call that made it. */
public interface LazyObject extends CoreObject {
    /** The last operation that the object needs; empty if it needs none. */
    Optional<Vertex> work();
}
