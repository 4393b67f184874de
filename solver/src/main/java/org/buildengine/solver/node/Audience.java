package org.buildengine.solver.node;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that listen, in the order in which they came. Immutable, and the same object for all nodes that the same jobs came to in the
 * same order, so that one more job costs a large graph no memory. Safe for use by several threads.
 */
final class Audience {
    /** No job. */
    static final Audience NOBODY = new Audience(null, null);

    private final @Nullable Audience earlier;
    private final @Nullable DemandJob last;

    private Audience(@Nullable Audience earlier, @Nullable DemandJob last) {
        this.earlier = earlier;
        this.last = last;
    }

    /** These and {@code job}; the same object if it is one of these. */
    Audience with(DemandJob job) {
        Audience known = job.joined(this);
        if (known != null) {
            return known;
        }
        Audience joined = has(job) ? this : new Audience(this, job);
        job.joined(this, joined);
        return joined;
    }

    private boolean has(DemandJob job) {
        for (Audience each = this; each != null; each = each.earlier) {
            if (each.last == job) {
                return true;
            }
        }
        return false;
    }

    /** The jobs, who came first first. */
    List<DemandJob> jobs() {
        var jobs = new ArrayList<DemandJob>();
        for (Audience each = this; each != null; each = each.earlier) {
            if (each.last != null) {
                jobs.add(each.last);
            }
        }
        return jobs.reversed();
    }
}
