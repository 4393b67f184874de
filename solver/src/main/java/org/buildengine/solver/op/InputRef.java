package org.buildengine.solver.op;

/** One output of another vertex, used as an input. */
public record InputRef(Vertex vertex, int output) {
    public InputRef {
        if (output < 0 || output >= vertex.op().outputs()) {
            throw new IllegalArgumentException(vertex.op().describe() + " has no output " + output);
        }
    }
}
