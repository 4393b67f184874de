package org.buildengine.solver.evidence;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Reuse.Reach;

/** Policies of steps as four bits on disk, and in words. */
final class PolicyCodes {
    private static final int REACH = 3;
    private static final int AGED = 4;
    private static final int UNKNOWN = 8;

    private PolicyCodes() {}

    /** The four bits; those of most steps are 0. */
    static int of(Optional<Reuse> policy) {
        if (policy.isEmpty()) {
            return UNKNOWN;
        }
        int reach = switch (policy.get().reach()) {
            case ENGINE -> 0;
            case SESSION -> 1;
            case JOB -> 2;
        };
        return policy.get().age().isPresent() ? reach | AGED : reach;
    }

    /** Writes what the bits do not say. */
    static void writeAge(Optional<Reuse> policy, DataOutputStream out) throws IOException {
        Optional<Duration> age = policy.flatMap(Reuse::age);
        if (age.isPresent()) {
            out.writeLong(age.get().toMillis());
        }
    }

    static Optional<Reuse> read(int bits, DataInputStream in) throws IOException {
        if (bits == UNKNOWN) {
            return Optional.empty();
        }
        Reach reach = switch (bits & REACH) {
            case 0 -> Reach.ENGINE;
            case 1 -> Reach.SESSION;
            case 2 -> Reach.JOB;
            default -> throw new IOException("no policy of a step has code " + bits);
        };
        return Optional.of(new Reuse(
                reach, (bits & AGED) == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(in.readLong()))));
    }

    /** As the API calls it. */
    static String text(Reuse policy) {
        String reach = switch (policy.reach()) {
            case ENGINE -> "Default";
            case SESSION -> "PerSession";
            case JOB -> "Never";
        };
        return policy.age().map(age -> reach + " with timeToLive " + text(age)).orElse(reach);
    }

    /** As the API takes it, in hours, minutes and seconds, such as {@code 1h30m}. */
    private static String text(Duration age) {
        return age.toString().substring("PT".length()).toLowerCase(java.util.Locale.ROOT);
    }
}
