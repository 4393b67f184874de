package org.buildengine.server.network;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ports of a bridge, made ahead. After its use a port is thrown away, so that whatever an execution did to its namespace,
 * no other sees it. Only one whose namespace an execution could not change, and shows no sign of having been used, is
 * ready again: most steps of a build never touch the network, and making and removing a namespace costs the kernel
 * several milliseconds.
 *
 * <p>One platform thread makes, looks at and removes ports, so that an execution pays for none of it; only one that
 * finds no port ready waits. Safe for several threads.
 */
final class ReadyPorts implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ReadyPorts.class.getName());
    private static final Duration END = Duration.ofSeconds(30);

    private final Bridge bridge;
    private final int ahead;
    private final int kept;
    private final Duration deadline;
    private final Semaphore places;
    private final Queue<Bridge.Port> ready = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean refilling = new AtomicBoolean();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("network-ports").daemon().factory());

    /**
     * Begins to make ports.
     *
     * @param ahead how many are made before anybody asks; four times as many are kept
     * @param deadline how long an execution waits for an address, and then for a port
     */
    ReadyPorts(Bridge bridge, int ahead, Duration deadline) {
        this.bridge = bridge;
        this.ahead = ahead;
        this.kept = 4 * ahead;
        this.deadline = deadline;
        this.places = new Semaphore(bridge.capacity(), true);
        refillLater();
    }

    /** Takes a port. Waits for one to be made, or for an address to be given back. */
    Bridge.Port take() throws IOException, InterruptedException {
        if (!places.tryAcquire(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IOException("all " + bridge.capacity() + " addresses of the network " + bridge.subnet()
                    + " have been in use for " + deadline.toSeconds()
                    + " s; give the daemon a larger one with --network-subnet");
        }
        boolean taken = false;
        try {
            Bridge.Port port = ready.poll();
            if (port == null) {
                port = makeNow();
            }
            taken = true;
            return port;
        } finally {
            if (!taken) {
                places.release();
            }
            refillLater();
        }
    }

    private Bridge.Port makeNow() throws IOException, InterruptedException {
        var wanted = new CompletableFuture<Bridge.Port>();
        try {
            worker.execute(() -> make(wanted));
        } catch (RejectedExecutionException e) {
            throw new IOException("the network is closed", e);
        }
        try {
            return wanted.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            giveUp(wanted);
            throw e;
        } catch (TimeoutException e) {
            giveUp(wanted);
            throw new IOException(
                    "no network namespace could be made within " + deadline.toSeconds() + " s; the kernel is busy", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        }
    }

    private void giveUp(CompletableFuture<Bridge.Port> wanted) {
        if (!wanted.cancel(false) && !wanted.isCompletedExceptionally()) {
            ready.add(wanted.join());
        }
    }

    /** On the worker, where nothing else makes or removes ports: who holds a place finds a port or an address. */
    private void make(CompletableFuture<Bridge.Port> wanted) {
        if (wanted.isDone()) {
            return;
        }
        try {
            Bridge.Port port = ready.poll();
            if (port == null) {
                port = bridge.addPort().orElseThrow(() -> new IOException("no address is free, although one must be"));
            }
            if (!wanted.complete(port)) {
                ready.add(port);
            }
        } catch (IOException | RuntimeException e) {
            wanted.completeExceptionally(e);
        }
    }

    private void refillLater() {
        if (ready.size() < ahead && refilling.compareAndSet(false, true)) {
            try {
                worker.execute(this::refill);
            } catch (RejectedExecutionException e) {
                LOG.log(System.Logger.Level.DEBUG, "the network is closed", e);
            }
        }
    }

    /** Makes one port, and comes again if more are missing: whoever waits for the worker waits for one at most. */
    private void refill() {
        boolean more = false;
        try {
            Optional<Bridge.Port> port = ready.size() < ahead ? bridge.addPort() : Optional.empty();
            port.ifPresent(ready::add);
            more = port.isPresent();
        } catch (IOException | RuntimeException e) {
            // The next execution tries again, and says it if it fails.
            LOG.log(System.Logger.Level.DEBUG, "no network namespace could be made ahead", e);
        } finally {
            refilling.set(false);
        }
        if (more) {
            refillLater();
        }
    }

    /** Gives a port back. */
    void release(Bridge.Port port, Network.Rights rights) {
        try {
            worker.execute(() -> restoreOrRemove(port, rights));
        } catch (RejectedExecutionException e) {
            // The bridge goes, and takes its links with it.
            port.close();
        }
        places.release();
    }

    private void restoreOrRemove(Bridge.Port port, Network.Rights rights) {
        try {
            if (rights == Network.Rights.USUAL
                    && ready.size() < kept
                    && port.traces().none()) {
                ready.add(port);
            } else {
                bridge.removePort(port);
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "the link " + port.link() + " stays until the daemon ends", e);
            port.close();
        }
    }

    /** How many are ready. */
    int size() {
        return ready.size();
    }

    /** Lets go of the ports that nobody took. The worker has ended afterwards. */
    @Override
    public void close() {
        worker.execute(() -> {
            for (Bridge.Port port = ready.poll(); port != null; port = ready.poll()) {
                port.close();
            }
        });
        worker.shutdown();
        try {
            if (!worker.awaitTermination(END.toSeconds(), TimeUnit.SECONDS)) {
                LOG.log(System.Logger.Level.WARNING, "the network does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
