package org.buildengine.server.telemetry;

import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.events.LogBytes;
import org.jspecify.annotations.Nullable;

/**
 * The logs of builds that the output of a client's steps lies in. They stay readable until this is closed, also if they are
 * removed meanwhile. Safe for use by several threads.
 */
final class OutputSources implements Closeable {
    private static final System.Logger LOG = System.getLogger(OutputSources.class.getName());

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, LogBytes> logs = new HashMap<>();
    private boolean closed;

    /** Opens a log that will be read from; false if that cannot be done. */
    boolean open(EventLog log) {
        lock.lock();
        try {
            if (!closed && !logs.containsKey(log.number())) {
                logs.put(log.number(), log.bytes());
            }
            return !closed;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the log of a build cannot be read: {0}", e.getMessage());
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of a log that was opened. */
    byte[] read(long log, long offset, int length) throws IOException {
        @Nullable LogBytes bytes;
        lock.lock();
        try {
            bytes = logs.get(log);
        } finally {
            lock.unlock();
        }
        if (bytes == null) {
            throw new IOException("the client has ended");
        }
        return bytes.read(offset, length);
    }

    @Override
    public void close() throws IOException {
        Map<Long, LogBytes> open;
        lock.lock();
        try {
            closed = true;
            open = Map.copyOf(logs);
            logs.clear();
        } finally {
            lock.unlock();
        }
        for (LogBytes bytes : open.values()) {
            bytes.close();
        }
    }
}
