package org.buildengine.solver.node;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that listen, the oldest first. The same object wherever the same jobs listen, in whatever order they came, so that one more job
 * costs a large graph no memory. Safe for use by several threads.
 */
final class Audience {
    /** No job. */
    static final Audience NOBODY = new Audience(null, null);

    /** All but the youngest. */
    private final @Nullable Audience rest;

    private final @Nullable DemandJob youngest;

    /** These and one that is younger than all, for as long as somebody has that audience; its monitor guards it. */
    private @Nullable Map<DemandJob, WeakReference<Audience>> larger;

    private Audience(@Nullable Audience rest, @Nullable DemandJob youngest) {
        this.rest = rest;
        this.youngest = youngest;
    }

    /** That job and nobody else; a job has it made once. */
    static Audience of(DemandJob job) {
        return new Audience(NOBODY, job);
    }

    /** An audience that others have joined, and who of them was not there before. */
    record Joining(Audience all, List<DemandJob> newcomers) {}

    /** These and {@code others}, as far as they are open: nobody who was there and has left joins again. */
    Joining joinedBy(Audience others) {
        Audience joining = others.open();
        var newcomers = new ArrayList<>(joining.jobs());
        newcomers.removeAll(new HashSet<>(jobs()));
        return new Joining(open().with(joining), newcomers);
    }

    /** Without those that are closed, which a node that lasts would otherwise keep. */
    private Audience open() {
        List<DemandJob> jobs = jobs();
        if (jobs.stream().allMatch(DemandJob::isOpen)) {
            return this;
        }
        Audience open = NOBODY;
        for (DemandJob job : jobs) {
            open = job.isOpen() ? open.and(job) : open;
        }
        return open;
    }

    /** These and {@code others}; the same object if all of them are among these. */
    private Audience with(Audience others) {
        var younger = new ArrayDeque<DemandJob>();
        Audience one = this;
        Audience two = others;
        while (one != two && one.rest != null && one.youngest != null && two.rest != null && two.youngest != null) {
            DemandJob next = one.youngest.isYoungerThan(two.youngest) ? one.youngest : two.youngest;
            younger.push(next);
            one = one.youngest == next ? one.rest : one;
            two = two.youngest == next ? two.rest : two;
        }
        Audience joined = one == NOBODY ? two : one;
        for (DemandJob job : younger) {
            joined = joined.and(job);
        }
        return joined;
    }

    /** These and one that is younger. */
    private Audience and(DemandJob job) {
        if (this == NOBODY) {
            return job.alone();
        }
        // under a monitor: what the collector cleared must not change where the simulator lets others go on
        synchronized (this) {
            Map<DemandJob, WeakReference<Audience>> all = larger == null ? new WeakHashMap<>(2) : larger;
            larger = all;
            WeakReference<Audience> known = all.get(job);
            Audience joined = known == null ? null : known.get();
            if (joined == null) {
                joined = new Audience(this, job);
                all.put(job, new WeakReference<>(joined));
            }
            return joined;
        }
    }

    /** The jobs, the oldest first. */
    List<DemandJob> jobs() {
        var jobs = new ArrayList<DemandJob>();
        for (Audience each = this; each.rest != null && each.youngest != null; each = each.rest) {
            jobs.add(each.youngest);
        }
        return jobs.reversed();
    }
}
