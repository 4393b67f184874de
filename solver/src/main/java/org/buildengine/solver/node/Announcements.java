package org.buildengine.solver.node;

import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.events.PrintedOutput;

/**
 * What one job is to be told, in order for each vertex. It is noted under the lock of the node that it is about, which
 * settles the order, and told without any lock, by whoever comes first.
 *
 * <p>Output that the job has missed, and that has to be read for it, is told by a thread of the job's own, and so is what is noted
 * of the vertex until that thread has told everything: nobody waits for it but the job. What is printed meanwhile is not kept
 * here, only where it lies; what lies nowhere is missing then, and the job is told so. Safe for use by several threads.
 */
final class Announcements {
    private static final System.Logger LOG = System.getLogger(Announcements.class.getName());

    private final DemandJob job;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition told = lock.newCondition();
    private final Map<Digest, Pending> pending = new HashMap<>(2);

    private sealed interface Note {}

    private record Event(Runnable telling) implements Note {}

    private record Missed(Node run, PrintedOutput output) implements Note {}

    private static final class Pending {
        private final ArrayDeque<Note> notes = new ArrayDeque<>();
        private boolean beingTold;

        /** Whether the job's own thread tells it. */
        private boolean late;
    }

    /** What {@code job} is to be told: nothing yet. */
    Announcements(DemandJob job) {
        this.job = job;
    }

    /** Notes something about a vertex, which is named by what is demanded; calls nobody. */
    void note(Digest vertex, Runnable event) {
        add(vertex, new Event(event));
    }

    /** Notes what a run has printed before the job joined it; calls nobody. */
    void noteMissed(Node run, PrintedOutput output) {
        add(run.vertex().demanded(), new Missed(run, output));
    }

    private void add(Digest vertex, Note note) {
        lock.lock();
        try {
            about(vertex).notes.add(note);
        } finally {
            lock.unlock();
        }
    }

    private Pending about(Digest vertex) {
        return pending.computeIfAbsent(vertex, _ -> new Pending());
    }

    /** Notes what a run has printed now; calls nobody. */
    void notePrinted(Node run, OutputPiece piece) {
        lock.lock();
        try {
            Pending about = about(run.vertex().demanded());
            about.notes.add(
                    about.late
                            ? new Missed(run, missedLast(about, run).and(piece))
                            : new Event(() -> job.listener().output(run.vertex(), piece)));
        } finally {
            lock.unlock();
        }
    }

    /** Takes out what was noted last, if that is output which the run goes on with. */
    private static PrintedOutput missedLast(Pending about, Node run) {
        if (about.notes.peekLast() instanceof Missed(Node same, PrintedOutput output) && same == run) {
            about.notes.removeLast();
            return output;
        }
        return PrintedOutput.NOTHING;
    }

    /**
     * Tells what was noted about a vertex; when this returns, all of that has been told, here or by somebody else, or the job's own
     * thread is at it.
     */
    void tell(Digest vertex) {
        lock.lock();
        try {
            while (!toldAll(vertex)) {
                told.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Tells what was noted about a vertex, and waits for nobody: who is telling something of it tells the rest of it too. */
    void tellOrLeave(Digest vertex) {
        lock.lock();
        try {
            boolean _ = toldAll(vertex);
        } finally {
            lock.unlock();
        }
    }

    /** Completes when the job's own threads have told what they have to tell now. */
    CompletableFuture<Void> caughtUp() {
        var marks = new ArrayList<CompletableFuture<Void>>();
        lock.lock();
        try {
            for (Pending about : pending.values()) {
                if (about.late) {
                    var mark = new CompletableFuture<Void>();
                    about.notes.add(new Event(() -> mark.complete(null)));
                    marks.add(mark);
                }
            }
        } finally {
            lock.unlock();
        }
        return CompletableFuture.allOf(marks.toArray(CompletableFuture<?>[]::new));
    }

    /** Tells all that was noted, under the lock, unless somebody else does. */
    private boolean toldAll(Digest vertex) {
        for (Pending about = pending.get(vertex); about != null && !about.late; about = pending.get(vertex)) {
            if (about.beingTold) {
                return false;
            }
            Note next = about.notes.poll();
            if (next == null) {
                pending.remove(vertex);
            } else if (hasToBeRead(next)) {
                leaveToTheJob(vertex, about, next);
            } else {
                tellOne(about, () -> tell(next));
            }
        }
        return true;
    }

    private boolean hasToBeRead(Note note) {
        return note instanceof Missed missed && missed.output().kept().isPresent() && job.isOpen();
    }

    private void leaveToTheJob(Digest vertex, Pending about, Note first) {
        about.notes.addFirst(first);
        about.late = true;
        tellOne(about, () -> job.inOwnTime(() -> catchUp(vertex, about)));
    }

    /** What the job's own thread does. */
    private void catchUp(Digest vertex, Pending about) {
        lock.lock();
        try {
            for (Note next = about.notes.poll(); next != null; next = about.notes.poll()) {
                Note note = next;
                tellOne(about, () -> tellLate(note));
            }
            pending.remove(vertex);
        } finally {
            lock.unlock();
        }
    }

    private void tellLate(Note note) {
        try {
            tell(note);
        } catch (RuntimeException | Error e) {
            // there is nobody else to tell the rest, and the job waits for its end
            LOG.log(Level.WARNING, job + " has missed something", e);
        }
    }

    private void tell(Note note) {
        switch (note) {
            case Event(Runnable telling) -> telling.run();
            case Missed(Node run, PrintedOutput output) -> job.tellPrinted(run.vertex(), output);
        }
    }

    private void tellOne(Pending about, Runnable telling) {
        about.beingTold = true;
        lock.unlock();
        try {
            telling.run();
        } finally {
            lock.lock();
            about.beingTold = false;
            told.signalAll();
        }
    }
}
