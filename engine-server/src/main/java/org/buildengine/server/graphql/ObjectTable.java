package org.buildengine.server.graphql;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import org.buildengine.server.DaggerSession;
import org.buildengine.server.core.CoreObject;
import org.buildengine.snapshotter.Digest;

/**
 * The objects whose ids were given out, engine-wide: one number per type and digest. An object is kept while a session
 * that saw it lives; its number is not used again. Safe for use by several threads; no call blocks for long.
 */
public final class ObjectTable {
    private record Key(String type, Digest digest) {}

    /** One object; {@code sessions} counts those that keep it. */
    private static final class Entry {
        private final long number;
        private final Key key;
        private final CoreObject object;
        private int sessions;

        private Entry(long number, Key key, CoreObject object) {
            this.number = number;
            this.key = key;
            this.object = object;
        }
    }

    private final Object lock = new Object();
    private final Map<Key, Entry> byKey = new HashMap<>();
    private final Map<Long, Entry> byNumber = new HashMap<>();
    private final Map<DaggerSession, Set<Entry>> bySession = new HashMap<>();
    /** Sessions that have ended, as long as a straggling field of theirs may still hold one. */
    private final Set<DaggerSession> ended = Collections.newSetFromMap(new WeakHashMap<>());

    private long last;

    /** The number of {@code object}, which lives at least as long as {@code session} from now on. */
    public long put(DaggerSession session, CoreObject object) {
        var key = new Key(object.typeName(), object.digest());
        Entry entry;
        boolean first;
        synchronized (lock) {
            entry = byKey.get(key);
            if (entry == null) {
                entry = new Entry(++last, key, object);
                if (ended.contains(session)) {
                    return entry.number;
                }
                byKey.put(key, entry);
                byNumber.put(entry.number, entry);
            }
            first = keep(session, entry);
        }
        if (first) {
            releaseAtTheEnd(session);
        }
        return entry.number;
    }

    /** The object behind a number, which {@code session} keeps from now on. */
    public Optional<CoreObject> get(DaggerSession session, long number) {
        Entry entry;
        boolean first;
        synchronized (lock) {
            entry = byNumber.get(number);
            if (entry == null) {
                return Optional.empty();
            }
            first = keep(session, entry);
        }
        if (first) {
            releaseAtTheEnd(session);
        }
        return Optional.of(entry.object);
    }

    /** What objects work with may be removed when the session has ended, so none of them may outlive it. */
    private void releaseAtTheEnd(DaggerSession session) {
        session.onClose("the objects that it saw", () -> release(session));
    }

    /** The session ended: what no other session saw is dropped. Calling it twice does nothing. */
    void release(DaggerSession session) {
        synchronized (lock) {
            ended.add(session);
            Set<Entry> kept = bySession.remove(session);
            if (kept == null) {
                return;
            }
            for (Entry entry : kept) {
                entry.sessions--;
                if (entry.sessions == 0) {
                    byKey.remove(entry.key);
                    byNumber.remove(entry.number);
                }
            }
        }
    }

    /** How many objects are held. */
    public int size() {
        synchronized (lock) {
            return byNumber.size();
        }
    }

    /** Returns whether it is the first that the session keeps. */
    private boolean keep(DaggerSession session, Entry entry) {
        if (ended.contains(session)) {
            return false;
        }
        boolean first = !bySession.containsKey(session);
        if (bySession.computeIfAbsent(session, owner -> new HashSet<>()).add(entry)) {
            entry.sessions++;
        }
        return first;
    }
}
