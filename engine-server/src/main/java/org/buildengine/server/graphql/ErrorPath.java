package org.buildengine.server.graphql;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The calls that made an object, by field name, with indexes for elements of lists. Shares what leads to it. */
record ErrorPath(@Nullable ErrorPath parent, Object step) {
    /** Where the root fields are. */
    static final ErrorPath ROOT = new ErrorPath(null, "");

    ErrorPath below(Object name) {
        return new ErrorPath(this, name);
    }

    /** From the root down. */
    List<Object> toList() {
        var steps = new ArrayList<Object>();
        for (ErrorPath at = this; at.parent != null; at = at.parent) {
            steps.add(at.step);
        }
        Collections.reverse(steps);
        return steps;
    }
}
