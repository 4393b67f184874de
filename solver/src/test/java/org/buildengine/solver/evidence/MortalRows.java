package org.buildengine.solver.evidence;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.Snapshotter;

/** Rows of an engine that dies: after so many writes more it writes nothing, though it seems to go on. */
final class MortalRows implements BuildRows {
    private final BuildRows rows;
    private int left = Integer.MAX_VALUE;
    private int written;
    private boolean fails;

    MortalRows(BuildRows rows) {
        this.rows = rows;
    }

    /** The same store, but for its rows. */
    Snapshotter in(Snapshotter store) {
        return (Snapshotter) Proxy.newProxyInstance(
                Snapshotter.class.getClassLoader(), new Class<?>[] {Snapshotter.class}, (_, method, arguments) -> {
                    try {
                        return method.getName().equals("buildRows") ? this : method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Lets it die after so many writes more. */
    synchronized void dieAfter(int writes) {
        left = writes;
    }

    /** Lets the next write fail. */
    synchronized void failNext() {
        fails = true;
    }

    /** How many writes there were, or would have been. */
    synchronized int written() {
        return written;
    }

    @Override
    public synchronized void write(List<Change> changes) throws IOException {
        written++;
        if (fails) {
            fails = false;
            throw new IOException("on purpose");
        }
        if (left > 0) {
            left--;
            rows.write(changes);
        }
    }

    @Override
    public Optional<byte[]> get(Kind kind, byte[] key) throws IOException {
        return rows.get(kind, key);
    }

    @Override
    public void scan(Kind kind, byte[] prefix, Visitor visitor) throws IOException {
        rows.scan(kind, prefix, visitor);
    }

    @Override
    public Optional<byte[]> lastKey(Kind kind) throws IOException {
        return rows.lastKey(kind);
    }
}
