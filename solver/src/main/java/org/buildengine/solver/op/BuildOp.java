package org.buildengine.solver.op;

import java.util.List;

/**
 * What a graph makes that a file of input 0 describes. Output 0 is the tree that the definition ends in.
 *
 * @param definition path of the file in input 0
 * @param nesting in how many definitions this operation is: 0 if a client describes it itself. A part of the operation: builds only
 *     ever wait for builds that are nested more deeply, so that none waits for itself, even if a definition leads back to it
 */
public record BuildOp(String definition, int nesting) implements Op {
    /** Where a definition lies if nobody says where. */
    public static final String DEFINITION = "buildkit.llb.definition";

    /** So many definitions may be in each other. */
    public static final int DEEPEST = 16;

    public BuildOp {
        if (nesting < 0) {
            throw new IllegalArgumentException("a build cannot be nested " + nesting + " times");
        }
    }

    /**
     * The step that builds the definition in a tree. It is done again for each job: a name in a definition may stand for something
     * else by now, and only who reads it finds out. That is cheap, since what it describes is remembered step by step.
     */
    public Vertex over(InputRef tree) {
        return new Vertex(this, List.of(tree), Reuse.FRESH);
    }

    @Override
    public void encode(KeyEncoder into) {
        into.text("build").text(definition).number(nesting);
    }

    @Override
    public String describe() {
        return "build " + definition;
    }
}
