package org.buildengine.server.core;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.DaggerClient;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.op.Vertex;

/**
 * One field being resolved: its receiver, its arguments with defaults applied, and whoever asks. Runs on a virtual
 * thread of its own and may block.
 */
public interface Call {
    /** Parent type and field, e.g. {@code Container.withExec}. */
    String name();

    /** The object whose field this is. */
    <T extends CoreObject> T receiver(Class<T> type);

    /** Whether the argument was given, or has a default, and is not null. */
    boolean has(String argument);

    String text(String argument);

    /** The text, or empty if it is not given or is the empty string. */
    Optional<String> optionalText(String argument);

    long number(String argument);

    boolean flag(String argument);

    List<String> texts(String argument);

    /** Elements of a list of input objects. */
    List<Map<String, Object>> inputs(String argument);

    /** The object behind an id argument; a user error if the id is of another type or unknown. */
    <T extends CoreObject> T object(String argument, Class<T> type);

    /** As {@link #object}; empty if not given or the empty string. */
    <T extends CoreObject> Optional<T> optionalObject(String argument, Class<T> type);

    <T extends CoreObject> List<T> objects(String argument, Class<T> type);

    /** The client that asks. */
    DaggerClient client();

    /** Demands a result on behalf of this call; ends when the request is cancelled. */
    StoredResult demand(Vertex vertex) throws SolveException, InterruptedException;

    /** The id under which {@code object} can be loaded again. */
    String idOf(CoreObject object);
}
