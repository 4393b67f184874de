package org.buildengine.snapshotter.archive;

import java.util.Arrays;
import org.buildengine.snapshotter.tree.Names;

/**
 * Which parts of a sparse file an archive holds; all between them are zeros. Formats: GNU tar manual, "Storing Sparse
 * Files". Gone through once, from the start to the end of the file, by one thread.
 */
final class SparseMap {
    private final long size;
    private final long[] regions;
    private long position;

    /** Index of the region that begins next, or that {@link #position} is in. */
    private int region;

    /** A map without faults: {@code regions} has an offset and a length for each, in order. */
    private SparseMap(long size, long[] regions) {
        this.size = size;
        this.regions = regions;
    }

    /** Bytes of the file, holes included. */
    long size() {
        return size;
    }

    /** Bytes of the file that were not gone through. */
    long left() {
        return size - position;
    }

    private long start() {
        return region < regions.length ? regions[region] : size;
    }

    /** Whether the next bytes are zeros that the archive does not hold. */
    boolean inHole() {
        while (region < regions.length && position == regions[region] + regions[region + 1]) {
            region += 2;
        }
        return position < start();
    }

    /** How many of the next {@code most} bytes are either all in a hole or all in the archive. */
    int run(int most) {
        long end = inHole() ? start() : start() + regions[region + 1];
        return (int) Math.min(most, end - position);
    }

    /** Goes on; no further than {@link #run} says. */
    void advance(int bytes) {
        position += bytes;
    }

    /** A map being read, in one of the ways in which archives have it. */
    static final class Draft {
        private static final long[] NONE = {};

        private long[] numbers = NONE;
        private int count;

        boolean isEmpty() {
            return count == 0;
        }

        private void add(long number) {
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, Math.max(8, 2 * count));
            }
            numbers[count++] = number;
        }

        /** Pairs of fields of 12 bytes, up to the first that is empty; from the old GNU format. */
        void fields(byte[] block, int offset, int pairs) throws ArchiveException {
            for (int at = offset; at < offset + 24 * pairs && block[at + 12] != 0; at += 24) {
                add(TarNumbers.field(block, at, 12, "a place in a sparse file"));
                add(TarNumbers.field(block, at + 12, 12, "a length in a sparse file"));
            }
        }

        /** The next number, of pax format 0.0, which has a record for each. */
        void record(String key, byte[] value) throws ArchiveException {
            boolean place = key.equals("GNU.sparse.offset");
            if (place != (count % 2 == 0)) {
                throw new ArchiveException(
                        "a pax header is damaged: its records " + key + " and the other of the pair do not alternate");
            }
            add(TarNumbers.decimal(Names.decode(value, 0, value.length), key));
        }

        /** Numbers in one text, each ended by {@code separator}, the last maybe by the end. */
        void numbers(byte[] text, int from, char separator, long most) throws ArchiveException {
            int at = from;
            for (long left = most; left > 0 && at < text.length; left--) {
                int end = at;
                while (end < text.length && text[end] != separator) {
                    end++;
                }
                add(TarNumbers.decimal(Names.decode(text, at, end - at), "GNU.sparse.map"));
                at = end + 1;
            }
        }

        /**
         * The map.
         *
         * @param size of the file
         * @param stored bytes of it that the archive holds
         */
        SparseMap finish(String name, long size, long stored) throws ArchiveException {
            if (size < 0) {
                throw damaged(name, "its size is " + size);
            }
            if (count % 2 != 0) {
                throw damaged(name, "a place has no length");
            }
            long end = 0;
            long sum = 0;
            for (int i = 0; i < count; i += 2) {
                if (numbers[i] < 0 || numbers[i + 1] < 0 || numbers[i] > size - numbers[i + 1]) {
                    throw damaged(
                            name,
                            numbers[i + 1] + " bytes at " + numbers[i] + " are not within its " + size + " bytes");
                }
                if (numbers[i] < end) {
                    throw damaged(name, "the bytes at " + numbers[i] + " overlap others, or are out of order");
                }
                end = numbers[i] + numbers[i + 1];
                sum += numbers[i + 1];
            }
            if (sum != stored) {
                throw damaged(name, "it names " + sum + " bytes, and the archive holds " + stored);
            }
            return new SparseMap(size, Arrays.copyOf(numbers, count));
        }

        static ArchiveException damaged(String name, String reason) {
            return new ArchiveException(name + ": the map of a sparse file is damaged: " + reason);
        }
    }
}
