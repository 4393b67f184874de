package org.buildengine.server.llb;

import java.util.List;
import java.util.Set;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.core.FileEdits;
import org.buildengine.solver.op.InputRef;

/**
 * The inputs of one operation, as its parts name them: by number, or {@value #SCRATCH} for an empty tree.
 *
 * @param trees by number
 * @param shared the numbers of those that are inputs of other operations too
 */
record Inputs(List<InputRef> trees, Set<Integer> shared) {
    static final long SCRATCH = -1;

    /**
     * The input of this number.
     *
     * @throws ApiException if there is none
     */
    InputRef at(long number) throws ApiException {
        if (number == SCRATCH) {
            return FileEdits.EMPTY;
        }
        if (number < 0 || number >= trees.size()) {
            throw Refusals.invalid("it refers to its input " + number + ", but has "
                    + (trees.size() == 1 ? "one, number 0" : trees.size() + " inputs, counted from 0"));
        }
        return trees.get((int) number);
    }
}
