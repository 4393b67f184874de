package org.buildengine.session;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version a client says it has, made comparable. Rules of Dagger 0.21: an empty version counts as the engine's own,
 * one that is no semantic version as {@code v0.11.9} (so it is refused), {@code 1.2.3} as {@code v1.2.3}.
 *
 * @param major first number
 * @param minor second number
 * @param patch third number
 * @param prerelease what follows {@code -}, or empty
 */
public record ClientVersion(int major, int minor, int patch, String prerelease) implements Comparable<ClientVersion> {
    /** The oldest client this engine talks to. */
    public static final ClientVersion MINIMUM = new ClientVersion(0, 19, 0, "");

    /** What a text that is no version stands for. */
    private static final ClientVersion UNKNOWN = new ClientVersion(0, 11, 9, "");

    private static final Pattern SEMVER =
            Pattern.compile("v?(\\d{1,9})\\.(\\d{1,9})\\.(\\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z.-]+)?");

    /**
     * Reads what a client sent.
     *
     * @param text as sent, possibly empty
     * @param own the engine's own version
     */
    public static ClientVersion normalize(String text, ClientVersion own) {
        if (text.isBlank()) {
            return own;
        }
        Matcher matcher = SEMVER.matcher(text.strip());
        if (!matcher.matches()) {
            return UNKNOWN;
        }
        String prerelease = matcher.group(4);
        return new ClientVersion(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)),
                prerelease == null ? "" : prerelease);
    }

    /** Whether the engine talks to this client; the minimum is never above the engine's own version. */
    public boolean isAccepted(ClientVersion own) {
        ClientVersion peer = isDevelopment() && own.isDevelopment() ? withoutPrerelease() : this;
        ClientVersion minimum = MINIMUM.compareTo(own) > 0 ? own : MINIMUM;
        return peer.compareTo(minimum) >= 0;
    }

    private boolean isDevelopment() {
        return ("-" + prerelease).contains("-dev-");
    }

    private ClientVersion withoutPrerelease() {
        return new ClientVersion(major, minor, patch, "");
    }

    @Override
    public int compareTo(ClientVersion other) {
        int order = Integer.compare(major, other.major);
        order = order != 0 ? order : Integer.compare(minor, other.minor);
        order = order != 0 ? order : Integer.compare(patch, other.patch);
        return order != 0 ? order : comparePrerelease(prerelease, other.prerelease);
    }

    private static int comparePrerelease(String left, String right) {
        if (left.equals(right)) {
            return 0;
        }
        if (left.isEmpty() || right.isEmpty()) {
            return left.isEmpty() ? 1 : -1;
        }
        String[] a = left.split("\\.", -1);
        String[] b = right.split("\\.", -1);
        for (int i = 0; i < Math.min(a.length, b.length); i++) {
            int order = compareIdentifier(a[i], b[i]);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(a.length, b.length);
    }

    private static int compareIdentifier(String left, String right) {
        boolean leftNumber = left.matches("\\d+");
        boolean rightNumber = right.matches("\\d+");
        if (leftNumber && rightNumber) {
            return new java.math.BigInteger(left).compareTo(new java.math.BigInteger(right));
        }
        if (leftNumber != rightNumber) {
            return leftNumber ? -1 : 1;
        }
        return left.compareTo(right);
    }

    @Override
    public String toString() {
        String base = String.format(Locale.ROOT, "v%d.%d.%d", major, minor, patch);
        return prerelease.isEmpty() ? base : base + "-" + prerelease;
    }
}
