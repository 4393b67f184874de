package org.buildengine.solver.node;

import java.util.concurrent.atomic.AtomicBoolean;

/** One reason for a node to go on. Closing gives it up; closing twice does nothing. Safe for several threads. */
final class Demand implements AutoCloseable {
    private final Node node;
    private final AtomicBoolean open = new AtomicBoolean(true);

    Demand(Node node) {
        this.node = node;
    }

    Node node() {
        return node;
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            node.drop(this);
        }
    }
}
