package org.buildengine.cli.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.buildengine.client.QueryException;

/** Users of an engine who are dropped in the middle of something. Closing ends those who only fell silent. */
final class Users implements AutoCloseable {
    /** For 32 KiB between a session and the engine, so that there is a middle. */
    private static final Duration SLOWNESS = Duration.ofMillis(2);

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Site site;
    private final Queue<Cable> cables = new ConcurrentLinkedQueue<>();
    private final Queue<Running> commands = new ConcurrentLinkedQueue<>();
    private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();

    Users(Site site) {
        this.site = site;
    }

    /** How a user is dropped. */
    enum Drop {
        /** The connections are reset; a command is killed. */
        RESET("KILL"),
        /** The connections end; a command is told to. */
        CLOSE("TERM"),
        /** Nothing is read or written any more, the connections stay. */
        STALL("STOP");

        private final String signal;

        Drop(String signal) {
            this.signal = signal;
        }

        static Drop any(Random random) {
            return List.of(values()).get(random.nextInt(values().length));
        }
    }

    /** A session of this virtual machine, dropped some milliseconds after it was opened. */
    void session(Activity activity, Drop drop, int moment) throws IOException, InterruptedException {
        drop(activity, drop, moment, new CountDownLatch(1));
    }

    /** A session of this virtual machine, dropped so many milliseconds after it began to be opened. */
    void opening(Drop drop, int moment) throws IOException, InterruptedException {
        drop(Activity.NOTHING, drop, moment, new CountDownLatch(0));
    }

    private void drop(Activity activity, Drop drop, int moment, CountDownLatch opened)
            throws IOException, InterruptedException {
        Cable cable = Cable.to(site.engine().port(), SLOWNESS);
        cables.add(cable);
        var dropped = new CountDownLatch(1);
        threads.add(Thread.ofVirtual().name("user").start(() -> use(activity, cable, opened, dropped)));
        opened.await();
        Thread.sleep(moment);
        switch (drop) {
            case RESET -> cable.reset();
            case CLOSE -> cable.close();
            case STALL -> cable.freeze();
        }
        dropped.countDown();
    }

    private void use(Activity activity, Cable cable, CountDownLatch opened, CountDownLatch dropped) {
        try (Client client = Client.open("tcp://127.0.0.1:" + cable.port(), site.user())) {
            opened.countDown();
            client.ask(activity.selections(site, Site.nonce()));
            dropped.await();
        } catch (IOException | QueryException e) {
            System.getLogger(Users.class.getName()).log(System.Logger.Level.TRACE, "dropped", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            opened.countDown();
        }
    }

    /** A command, dropped after some milliseconds. */
    void command(Activity activity, Drop drop, int moment) throws IOException, InterruptedException {
        Running command = site.engine()
                .user(
                        site.user(),
                        Map.of(),
                        List.of(ScratchEngine.LAUNCHER, "query"),
                        Client.document(activity.selections(site, Site.nonce())));
        commands.add(command);
        Thread.sleep(moment);
        command.signal(drop.signal);
    }

    @Override
    public void close() throws IOException {
        try {
            for (Running command : commands) {
                command.signalGroup("KILL");
            }
            cables.forEach(Cable::reset);
            for (Thread thread : threads) {
                if (!thread.join(PATIENCE)) {
                    throw new AssertionError("a session still waits for an engine that is gone");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while users are ended", e);
        }
    }
}
