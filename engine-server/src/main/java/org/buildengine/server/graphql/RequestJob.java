package org.buildengine.server.graphql;

import org.buildengine.server.DaggerClient;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.Job;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.op.Vertex;
import org.jspecify.annotations.Nullable;

/** The job of one request, opened by its first demand: most requests only describe work. Safe for several threads. */
final class RequestJob implements AutoCloseable {
    private final JobOpener opener;
    private final DaggerClient client;
    private final FieldObserver.Observation operation;
    private @Nullable Job job;
    private boolean closed;

    RequestJob(JobOpener opener, DaggerClient client, FieldObserver.Observation operation) {
        this.opener = opener;
        this.client = client;
        this.operation = operation;
    }

    StoredResult demand(Vertex vertex) throws SolveException, InterruptedException {
        return open(vertex).demand(vertex);
    }

    private synchronized Job open(Vertex vertex) throws SolveException {
        if (closed) {
            throw new SolveException(
                    SolveException.Kind.CANCELLED, vertex, "the request that demanded it has ended", null);
        }
        Job open = job;
        if (open == null) {
            open = opener.open(client, operation);
            job = open;
        }
        return open;
    }

    @Override
    public void close() {
        Job open;
        synchronized (this) {
            closed = true;
            open = job;
            job = null;
        }
        if (open != null) {
            open.close();
        }
    }
}
