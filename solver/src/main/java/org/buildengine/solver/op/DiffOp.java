package org.buildengine.solver.op;

/**
 * What input 1 has that input 0 has not, or has differently; both narrowed to a directory first.
 *
 * @param lowerPath directory of input 0 that counts as its root
 * @param upperPath directory of input 1 that counts as its root
 */
public record DiffOp(String lowerPath, String upperPath) implements Op {
    @Override
    public void encode(KeyEncoder into) {
        into.text("diff").text(lowerPath).text(upperPath);
    }

    @Override
    public String describe() {
        return "diff";
    }
}
