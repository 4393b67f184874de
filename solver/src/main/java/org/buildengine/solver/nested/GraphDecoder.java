package org.buildengine.solver.nested;

import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.InputRef;

/** Understands one format of definitions. Safe for use by several threads. */
@FunctionalInterface
public interface GraphDecoder {
    /**
     * The output that a definition ends in. Names are looked up now; nothing is run. May wait, as long as the run is not {@linkplain
     * OpRunner.Run#cancelled cancelled}.
     *
     * @param definition the bytes of the file
     * @param nesting the {@link org.buildengine.solver.op.BuildOp#nesting nesting} of every build in the graph
     * @param run for which it is decoded: what whoever demands it offers, such as credentials
     * @throws Exception if it cannot be decoded; the message is for whoever wrote the definition
     */
    InputRef decode(byte[] definition, int nesting, OpRunner.Run run) throws Exception;
}
