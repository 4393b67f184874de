package org.buildengine.cli.display;

import java.util.List;

/** Where the tree is drawn. Not thread-safe: one thread draws. */
interface Screen {
    /**
     * Draws the steps as they are, if that differs from what is there.
     *
     * @param above lines that go above the tree, for good
     * @param prompt what a program printed without ending the line; empty for nothing
     */
    void frame(List<String> above, String prompt);

    /**
     * Replaces the tree by its final state, which stays.
     *
     * @param above lines that go above it
     */
    void last(List<String> above);

    /** The terminal has another size. Any thread may say so; the next frame draws the tree anew. */
    void resized();

    /** Others wrote to the terminal, as a shell does to which a stopped command gave it. As for {@link #resized}. */
    void interrupted();
}
