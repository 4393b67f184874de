package org.buildengine.snapshotter.property;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Something that holds for every case. Cases are made from a seed until the time is over; the first that fails is made
 * smaller as long as a smaller one fails too, and reported with the property that repeats it:
 *
 * <ul>
 *   <li>{@code -Dengine.property.seed=N} runs the one case of that seed;
 *   <li>{@code -Dengine.property.seconds=N} looks for new cases for that time for each property; without it the same few
 *       cases are tried every time.
 * </ul>
 *
 * @param <T> a case; its text is what a person reads
 * @param generator makes the case of a seed
 * @param smaller what to try instead of a case that fails, the most promising first
 * @param check fails if the property does not hold, or throws {@link Discarded}
 */
public record Property<T>(Function<Random, T> generator, Function<T, Stream<T>> smaller, Check<T> check) {
    private static final long USUAL_SECONDS = 10;
    private static final int USUAL_CASES = 40;
    private static final long USUAL_SEED = 1;
    private static final Duration SHRINKING = Duration.ofSeconds(60);
    private static final int LEAST_CASES = 3;
    private static final int MOST_DISCARDED = 1000;

    /** Looks whether a property holds for a case. */
    @FunctionalInterface
    public interface Check<T> {
        void check(T example) throws Exception;
    }

    /** A case says nothing, because what it is compared with cannot do it. */
    public static final class Discarded extends Exception {
        private static final long serialVersionUID = 1L;

        public Discarded(String reason) {
            super(reason);
        }
    }

    private record Failure<T>(T example, Throwable cause) {}

    /** Tries cases. */
    public void holds() {
        Long repeated = Long.getLong("engine.property.seed");
        if (repeated != null) {
            tryOne(repeated);
            return;
        }
        Long seconds = Long.getLong("engine.property.seconds");
        var seeds = seconds == null ? new Random(USUAL_SEED) : new Random();
        long end = System.nanoTime()
                + Duration.ofSeconds(seconds == null ? USUAL_SECONDS : seconds).toNanos();
        int most = seconds == null ? USUAL_CASES : Integer.MAX_VALUE;
        int checked = 0;
        int discarded = 0;
        while (checked < LEAST_CASES || (checked < most && System.nanoTime() < end)) {
            if (tryOne(seeds.nextLong())) {
                checked++;
            } else if (++discarded == MOST_DISCARDED) {
                throw new AssertionError("only " + checked + " cases of " + (checked + discarded) + " say anything");
            }
        }
    }

    /** Whether the case says anything. */
    private boolean tryOne(long seed) {
        T example = generator.apply(new Random(seed));
        try {
            check.check(example);
            return true;
        } catch (Discarded e) {
            return false;
        } catch (Exception | AssertionError e) {
            Failure<T> smallest = shrink(new Failure<>(example, e));
            throw new AssertionError(
                    "repeat with -Dengine.property.seed=" + seed + "; the smallest case found is\n" + smallest.example()
                            + "\n" + smallest.cause(),
                    smallest.cause());
        }
    }

    private Optional<Failure<T>> failure(T example) {
        try {
            check.check(example);
            return Optional.empty();
        } catch (Discarded e) {
            return Optional.empty();
        } catch (Exception | AssertionError e) {
            return Optional.of(new Failure<>(example, e));
        }
    }

    private Failure<T> shrink(Failure<T> found) {
        long end = System.nanoTime() + SHRINKING.toNanos();
        Failure<T> smallest = found;
        Optional<Failure<T>> next = Optional.of(found);
        while (next.isPresent()) {
            smallest = next.get();
            next = smaller.apply(smallest.example())
                    .takeWhile(_ -> System.nanoTime() < end)
                    .map(this::failure)
                    .flatMap(Optional::stream)
                    .findFirst();
        }
        return smallest;
    }

    /** The list without some of its elements: without a half, a quarter, and so on, down to each single one. */
    static <E> Stream<List<E>> shorter(List<E> list) {
        return Stream.iterate(list.size() / 2, size -> size > 0, size -> size / 2)
                .flatMap(size -> Stream.iterate(0, at -> at + size <= list.size(), at -> at + size)
                        .map(at -> without(list, at, size)));
    }

    private static <E> List<E> without(List<E> list, int at, int count) {
        return Stream.concat(list.subList(0, at).stream(), list.subList(at + count, list.size()).stream())
                .toList();
    }

    /** The list with one element replaced by something smaller. */
    static <E> Stream<List<E>> simpler(List<E> list, Function<E, Stream<E>> smaller) {
        return Stream.iterate(0, at -> at < list.size(), at -> at + 1)
                .flatMap(at -> smaller.apply(list.get(at)).map(element -> with(list, at, element)));
    }

    private static <E> List<E> with(List<E> list, int at, E element) {
        return Stream.of(list.subList(0, at).stream(), Stream.of(element), list.subList(at + 1, list.size()).stream())
                .flatMap(Function.identity())
                .toList();
    }
}
