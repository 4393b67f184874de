package org.buildengine.server.cache;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of space, as BuildKit and Dagger write it: a number of bytes, a size such as {@code 10GB} whose units are powers
 * of 1024, or a part of the disk such as {@code 50%}. Zero stands for no limit.
 *
 * @param bytes of a part of the disk, at most so many; zero for no bound
 * @param percent of the disk; zero if it is a number of bytes
 */
public record DiskSpace(long bytes, int percent) {
    /** No limit. */
    public static final DiskSpace NONE = new DiskSpace(0, 0);

    /** What BuildKit and Dagger reserve unless told otherwise: a tenth of the disk, and 10 GB at most. */
    public static final DiskSpace USUAL_RESERVE = new DiskSpace(10_000_000_000L, 10);

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?) ?([kmgtp]?)(?:i?b)?");
    private static final Pattern PART = Pattern.compile("([0-9]{1,3})%");
    private static final String UNITS = "kmgtp";

    /** That many bytes. */
    public static DiskSpace ofBytes(long bytes) {
        return new DiskSpace(bytes, 0);
    }

    /**
     * Reads an amount; nothing but blanks is {@link #NONE}.
     *
     * @throws IllegalArgumentException if it is none; the message is for the person who wrote it
     */
    public static DiskSpace parse(String text) {
        String plain = text.strip().toLowerCase(Locale.ROOT);
        if (plain.isEmpty()) {
            return NONE;
        }
        Matcher part = PART.matcher(plain);
        if (part.matches()) {
            int percent = Integer.parseInt(part.group(1));
            if (percent > 100) {
                throw new IllegalArgumentException("\"" + text + "\" is more than the disk has: write at most 100%");
            }
            return new DiskSpace(0, percent);
        }
        Matcher size = SIZE.matcher(plain);
        if (!size.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no amount of space: write a size such as 10GB, a part of the disk such as 50%,"
                            + " or a number of bytes");
        }
        int power = size.group(2).isEmpty() ? 0 : 1 + UNITS.indexOf(size.group(2));
        BigDecimal bytes =
                new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(1024).pow(power));
        if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("\"" + text + "\" is more than any disk has");
        }
        return ofBytes(bytes.setScale(0, RoundingMode.DOWN).longValueExact());
    }

    /** How many bytes that is on a disk of so many. */
    public long of(long disk) {
        if (percent == 0) {
            return bytes;
        }
        long part = disk / 100 * percent + disk % 100 * percent / 100;
        return bytes == 0 ? part : Math.min(bytes, part);
    }
}
