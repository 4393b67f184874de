package org.buildengine.solver.op;

/**
 * What input 1 has that input 0 has not, or has differently; both narrowed to a directory first.
 *
 * @param lowerPath directory of input 0 that counts as its root
 * @param upperPath directory of input 1 that counts as its root
 * @param hiding whether what is gone is hidden, so that the difference stacked on input 0 shows input 1; only of whole trees
 */
public record DiffOp(String lowerPath, String upperPath, boolean hiding) implements Op {
    /** All that makes input 1 of input 0. */
    public static final DiffOp CHANGES = new DiffOp("/", "/", true);

    public DiffOp {
        if (hiding && !(lowerPath.equals("/") && upperPath.equals("/"))) {
            throw new IllegalArgumentException("only a difference of whole trees can hide what is gone");
        }
    }

    /** A difference in which what is gone leaves nothing. */
    public DiffOp(String lowerPath, String upperPath) {
        this(lowerPath, upperPath, false);
    }

    @Override
    public void encode(KeyEncoder into) {
        into.text(hiding ? "changes" : "diff").text(lowerPath).text(upperPath);
    }

    @Override
    public String describe() {
        return "diff";
    }
}
