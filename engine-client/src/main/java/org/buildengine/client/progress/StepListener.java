package org.buildengine.client.progress;

import java.util.List;

/** Is told what happens to steps, under the lock of the {@link Steps} that own them: must not block. */
public interface StepListener {
    /** A step began; it has its number, its name and its parent from now on. */
    void began(Step step);

    /** A step printed complete lines, as {@link OutputLines} makes them. */
    void printed(Step step, List<String> lines);

    /** A step ended. */
    void ended(Step step);
}
