package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.buildengine.client.QueryException;

/**
 * What many users do with one engine at the same time, for a while: what is cached and what is not, what fails, uploads
 * that change, exports, several requests at once, and sessions that are dropped. Whatever does not end as it should fails it.
 */
final class Load {
    private static final int USERS = 4;

    /** Of a user's time, how many parts are spent idle for each that is spent working: the load is a moderate one. */
    private static final int REST = 1;

    private final Site site;
    private final Map<String, Integer> done = new ConcurrentSkipListMap<>();

    Load(Site site) {
        this.site = site;
    }

    /** How often each thing was done. */
    Map<String, Integer> done() {
        return done;
    }

    /** Works for a while; nothing of it goes on when this returns, but what is left of those who only fell silent. */
    void run(Duration duration, Random random) throws Exception {
        long end = System.nanoTime() + duration.toNanos();
        try (var users = new Users(site);
                var threads = Executors.newFixedThreadPool(USERS)) {
            var working = new ArrayList<Future<?>>();
            for (int i = 0; i < USERS; i++) {
                var own = new Random(random.nextLong());
                int number = i;
                working.add(threads.submit(() -> {
                    while (System.nanoTime() < end) {
                        long began = System.nanoTime();
                        work(users, number, own);
                        Thread.sleep(Duration.ofNanos(REST * (System.nanoTime() - began)));
                    }
                    return number;
                }));
            }
            for (Future<?> user : working) {
                user.get();
            }
        }
    }

    private void work(Users users, int user, Random random) throws Exception {
        String nonce = Site.nonce();
        switch (random.nextInt(10)) {
            case 0, 1 ->
                count(
                        "cached",
                        session -> assertThat(session.ask(Activity.step(site, "shared", "echo cached")))
                                .isEqualTo("cached\n"));
            case 2, 3 ->
                count(
                        "uncached",
                        session -> assertThat(session.ask(
                                        Activity.step(site, nonce, "head -c 100000 /dev/urandom > /noise; echo new")))
                                .isEqualTo("new\n"));
            case 4 ->
                count(
                        "failing",
                        session -> assertThatThrownBy(
                                        () -> session.ask(Activity.step(site, nonce, "echo no >&2; exit 3")))
                                .isInstanceOf(QueryException.class));
            case 5 -> {
                Path mine = Files.createDirectories(site.user().resolve("changing-" + user));
                Files.writeString(mine.resolve("file-" + random.nextInt(20)), nonce);
                count(
                        "upload",
                        session -> assertThat(session.ask("host { directory(path: \"" + mine + "\") { digest"))
                                .isNotEmpty());
            }
            case 6 ->
                count("export", session -> {
                    Path out = site.user().resolve("exported-" + user);
                    assertThat(session.ask(Activity.step(site, "shared", "echo x > /file")
                                    .replace(
                                            "stdout",
                                            "file(path: \"/file\") { export(path: \"" + out
                                                    + "\", allowParentDirPath: false)")))
                            .isNotEmpty();
                    assertThat(out).hasContent("x");
                });
            case 7 ->
                count("at once", session -> {
                    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                        var asked = new ArrayList<Future<String>>();
                        for (int i = 0; i < 5; i++) {
                            String step = Activity.step(site, nonce + i % 2, "echo " + i % 2);
                            asked.add(threads.submit(() -> session.ask(step)));
                        }
                        for (int i = 0; i < 5; i++) {
                            assertThat(asked.get(i).get()).isEqualTo(i % 2 + "\n");
                        }
                    }
                });
            default -> {
                Activity activity = Activity.any(random);
                Users.Drop drop = Users.Drop.any(random);
                users.session(activity, drop, random.nextInt(1000));
                done.merge("dropped", 1, Integer::sum);
            }
        }
    }

    /** Something that a session does. */
    private interface Deed {
        void doWith(Client session) throws Exception;
    }

    private void count(String name, Deed deed) throws Exception {
        try (Client session = Client.open(site.engine().address(), site.user())) {
            deed.doWith(session);
        }
        done.merge(name, 1, Integer::sum);
    }
}
