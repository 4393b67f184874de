package org.buildengine.solver.evidence;

/**
 * Something of an input that is not what it was.
 *
 * @param path absolute: where a command has it, for others within the input; or the name of the whole
 * @param before what it was, short, e.g. {@code sha256 1f2e3d4c}; empty if there was nothing
 * @param after what it is now; empty if there is nothing
 */
public record FileChange(String path, String before, String after) {}
