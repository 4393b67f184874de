package org.buildengine.server.control;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.buildengine.server.cache.CacheFilter;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.Excerpt;
import org.buildengine.snapshotter.RecordType;

/** What the two services that speak of the cache have in common. */
final class CacheAnswers {
    private static final System.Logger LOG = System.getLogger(CacheAnswers.class.getName());

    /** What is longer does not fit into the head of a message once all its characters are spelled as percents. */
    private static final int LONGEST = 800;

    private CacheAnswers() {}

    /** Work that gives an answer to its caller. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    /** Answers, and ends the call; errors of the request and of the disk reach the caller with their text. */
    static void answer(StreamObserver<?> caller, Work work) {
        try {
            work.run();
            caller.onCompleted();
        } catch (IllegalArgumentException e) {
            caller.onError(Status.INVALID_ARGUMENT
                    .withDescription(brief(String.valueOf(e.getMessage())))
                    .withCause(e)
                    .asRuntimeException());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the cache cannot be looked at or cleared", e);
            caller.onError(Status.INTERNAL
                    .withDescription(brief("the cache cannot be looked at or cleared: " + e.getMessage()))
                    .withCause(e)
                    .asRuntimeException());
        }
    }

    /** The ends of a text; what was asked for, however long it is, stands in the middle. */
    static String brief(String text) {
        return text.length() <= LONGEST
                ? text
                : Excerpt.beginning(text, LONGEST / 2) + "…"
                        + Excerpt.between(text, text.length() - LONGEST / 2 + 1, text.length());
    }

    /**
     * What a client wants to be removed.
     *
     * @param all also what is internal
     * @throws IllegalArgumentException if a filter is none, or a number is negative
     */
    static CachePolicy policy(
            List<String> filters, boolean all, Duration keep, long reserved, long maxUsed, long minFree) {
        if (keep.isNegative() || reserved < 0 || maxUsed < 0 || minFree < 0) {
            throw new IllegalArgumentException("a time or an amount of space is negative");
        }
        Predicate<CacheRecord> filter = CacheFilter.anyOf(filters);
        return new CachePolicy(
                "asked for by a client",
                record -> (all || record.origin().type() != RecordType.INTERNAL) && filter.test(record),
                keep,
                reserved,
                maxUsed,
                minFree);
    }
}
