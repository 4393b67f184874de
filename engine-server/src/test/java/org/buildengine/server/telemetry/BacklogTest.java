package org.buildengine.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BacklogTest {
    private final Backlog backlog = new Backlog();

    @Test
    void whatWasPutOffIsDoneByAnotherThreadWithoutAnybodyAsking() throws Exception {
        backlog.follow();
        for (int round = 0; round < 3; round++) {
            var done = new CountDownLatch(1);
            var threads = new ArrayList<Thread>();
            backlog.later(() -> {
                threads.add(Thread.currentThread());
                done.countDown();
            });
            done.await();
            assertThat(threads).doesNotContain(Thread.currentThread());
        }
    }

    @Test
    void whoeverNeedsTheOutcomeHasEverythingDoneInOrder() {
        var seen = new ArrayList<Integer>();
        IntStream.range(0, 100).forEach(i -> backlog.later(() -> seen.add(i)));
        List<Integer> outcome = backlog.now(() -> List.copyOf(seen));
        assertThat(outcome)
                .containsExactlyElementsOf(IntStream.range(0, 100).boxed().toList());
    }

    @Test
    void littleIsNotDoneAsLongAsNobodyFollows() throws Exception {
        var done = new CountDownLatch(1);
        backlog.later(done::countDown);
        assertThat(done.await(300, TimeUnit.MILLISECONDS)).isFalse();
        backlog.follow();
        done.await();
    }

    @Test
    void muchIsDoneAlthoughNobodyFollows() throws Exception {
        var done = new CountDownLatch(2001);
        IntStream.range(0, 2001).forEach(_ -> backlog.later(done::countDown));
        done.await();
    }

    @Test
    void endWaitsForSomebodyWhoFollowsAndComesAfterTheRest() throws Exception {
        var seen = new ArrayList<String>();
        var ended = new CountDownLatch(1);
        backlog.later(() -> seen.add("before"));
        backlog.finish(() -> {
            seen.add("end");
            ended.countDown();
        });
        assertThat(seen).isEmpty();
        backlog.follow();
        ended.await();
        assertThat(seen).containsExactly("before", "end");
    }

    @Test
    void endIsAtOnceWhereSomebodyFollows() {
        backlog.follow();
        var seen = new ArrayList<String>();
        backlog.later(() -> seen.add("before"));
        backlog.finish(() -> seen.add("end"));
        assertThat(seen).containsExactly("before", "end");
    }

    @Test
    void pieceThatFailsTakesNothingElseWithIt() {
        var seen = new ArrayList<String>();
        backlog.later(() -> {
            throw new IllegalStateException("no");
        });
        backlog.later(() -> seen.add("after"));
        assertThat(backlog.now(() -> List.copyOf(seen))).containsExactly("after");
    }

    @Test
    void endComesAlthoughAPieceBeforeItFoundADefect() {
        var seen = new ArrayList<String>();
        backlog.follow();
        backlog.later(() -> {
            throw new StackOverflowError("nested too deeply");
        });
        backlog.later(() -> seen.add("after"));
        backlog.finish(() -> seen.add("end"));
        assertThat(seen).containsExactly("after", "end");
    }

    @Test
    void whatKeepsTooMuchTextIsDoneAtOnce() {
        var seen = new ArrayList<String>();
        backlog.later(() -> seen.add("before"));
        backlog.later(() -> seen.add("large"), 6 << 20);
        assertThat(seen).containsExactly("before", "large");
    }

    @Test
    void whoeverPutsOffTooMuchDoesItAtOnce() {
        Thread me = Thread.currentThread();
        var doneByMe = new AtomicBoolean();
        while (!doneByMe.get()) {
            backlog.later(
                    () -> doneByMe.compareAndSet(false, Thread.currentThread().equals(me)));
        }
    }
}
