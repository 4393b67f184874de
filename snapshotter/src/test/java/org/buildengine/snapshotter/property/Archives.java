package org.buildengine.snapshotter.property;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Attributes;

/** Archives that are unpacked one after the other, the lowest first. Few names, so that layers meet often. */
record Archives(List<Archive> lowestFirst) {
    private static final String[] NAMES = {"a", "b", "c", "d", "e"};
    private static final String[] ODD = {
        "n".repeat(255), "ü", "\udcff\udcfe", " ", "-x", "two\nlines", "..c", "\\", "*", "0".repeat(101)
    };
    private static final int[] SIZES = {0, 1, 3, 4031, 4032, 4033, 4096, 4097, 8192, 70_000};
    private static final byte[] CAPABILITY = HexFormat.of().parseHex("0100000200040000000000000000000000000000");

    static Archives of(Random random) {
        var archives = new ArrayList<Archive>();
        int layers = 1 + random.nextInt(5);
        for (int i = 0; i < layers; i++) {
            archives.add(archive(random, i > 0));
        }
        return new Archives(archives);
    }

    Stream<Archives> smaller() {
        return Stream.concat(Property.shorter(lowestFirst), Property.simpler(lowestFirst, Archive::smaller))
                .map(Archives::new);
    }

    /**
     * Without what plain directories hand on to files that are made in them: a layer is what its archive says, wherever it is
     * unpacked.
     */
    Archives withoutDefaultAcls() {
        return new Archives(lowestFirst.stream()
                .map(archive -> new Archive(archive.entries().stream()
                        .map(Archive.Entry::withoutDefaultAcl)
                        .toList()))
                .toList());
    }

    /** Names, and owners, modes, times and extended attributes of all kinds. */
    static Attributes attributes(Random random, boolean file, boolean link) {
        int mode = random.nextBoolean() ? 0644 : random.nextInt(010000);
        int[] ids = {0, 0, 7, 1000, 70_000, 0x7fff_ffff, -2};
        long time = random.nextInt(8) == 0 ? -1_500_000_000L : random.nextLong(1L << 32) * 1_000_000_001L;
        Map<String, byte[]> xattrs = new TreeMap<>();
        if (random.nextInt(5) == 0) {
            byte[] value = new byte[random.nextInt(300)];
            random.nextBytes(value);
            xattrs.put(link ? "trusted.note" : "user.note", value);
            xattrs.put("trusted.empty", new byte[0]);
        }
        if (file && random.nextInt(8) == 0) {
            xattrs.put("security.capability", CAPABILITY);
        }
        if (!link && random.nextInt(8) == 0) {
            xattrs.put(Acl.ACCESS, Acl.of(random, mode));
        }
        return new Attributes(mode, ids[random.nextInt(ids.length)], ids[random.nextInt(ids.length)], time, xattrs);
    }

    /** Without the bit that a plain directory hands on to those that are made in it, which archives do not ask for. */
    private static Attributes ofDirectory(Random random) {
        Attributes a = attributes(random, false, false);
        var xattrs = new TreeMap<>(a.xattrs());
        if (random.nextInt(8) == 0) {
            xattrs.put(Acl.DEFAULT, Acl.of(random, random.nextInt(01000)));
        }
        return new Attributes(a.mode() & ~02000, a.uid(), a.gid(), a.mtimeNanos(), xattrs);
    }

    static String name(Random random) {
        return random.nextInt(12) == 0 ? ODD[random.nextInt(ODD.length)] : NAMES[random.nextInt(NAMES.length)];
    }

    static int size(Random random) {
        return SIZES[random.nextInt(SIZES.length)];
    }

    private static Archive archive(Random random, boolean marks) {
        var archive = new Archive(List.of());
        if (random.nextInt(4) == 0) {
            archive = archive.plus(new Archive.Entry('5', "", ofDirectory(random), 0, "", 0, 0));
        }
        int count = 1 + random.nextInt(14);
        for (int i = 0; i < count; i++) {
            char type = marks && random.nextInt(5) == 0
                    ? (random.nextInt(3) == 0 ? Archive.OPAQUE : Archive.WHITEOUT)
                    : "0000S555521346".charAt(random.nextInt(14));
            Archive longer = archive.plus(entry(random, type, archive));
            archive = longer.allowed() ? longer : archive;
        }
        return archive;
    }

    private static Archive.Entry entry(Random random, char type, Archive before) {
        String directory =
                Stream.generate(() -> name(random)).limit(random.nextInt(4)).collect(Collectors.joining("/"));
        String path = directory.isEmpty() ? name(random) : directory + "/" + name(random);
        String target = "";
        if (type == '1' && !before.entries().isEmpty()) {
            target = before.entries()
                    .get(random.nextInt(before.entries().size()))
                    .path();
        } else if (type == '2') {
            target = (directory.isEmpty() || random.nextBoolean() ? "" : "../") + name(random);
        }
        boolean device = type == '3' || type == '4';
        boolean file = type == '0' || type == Archive.SPARSE;
        int minor = device ? random.nextInt(70_000) : 0;
        return new Archive.Entry(
                type,
                path,
                type == '5' ? ofDirectory(random) : attributes(random, file, !file),
                type == '0' ? size(random) : file ? random.nextInt(3 << 20) : 0,
                target,
                device ? 1 + random.nextInt(300) : 0,
                type == Archive.SPARSE ? random.nextInt(4) : minor);
    }

    @Override
    public String toString() {
        return lowestFirst.stream().map(archive -> "  layer\n" + archive).collect(Collectors.joining("\n"));
    }
}
