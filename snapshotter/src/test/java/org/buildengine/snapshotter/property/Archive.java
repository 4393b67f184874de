package org.buildengine.snapshotter.property;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.SparseFile;
import org.buildengine.snapshotter.TarBytes;
import org.buildengine.snapshotter.linux.FileNames;

/** The archive of one layer: entries in any order, not all parents among them. */
record Archive(List<Entry> entries) {
    /** Type of an entry that hides what lies below at its path. */
    static final char WHITEOUT = 'w';

    /** Type of an entry that hides what lies below inside of its path. */
    static final char OPAQUE = 'o';

    /** Type of an entry for a file with holes; {@link Entry#minor} says in which format. */
    static final char SPARSE = 'S';

    private static final Attributes PLAIN = Attributes.ofMode(0755);

    /**
     * One entry.
     *
     * @param type of the tar format, or one of the above
     * @param size bytes of a file, whose content follows from size and path
     * @param target of a symbolic or hard link
     */
    record Entry(char type, String path, Attributes attributes, int size, String target, int major, int minor) {
        boolean mark() {
            return type == WHITEOUT || type == OPAQUE;
        }

        private Entry with(Attributes changed, int changedSize) {
            return new Entry(type, path, changed, changedSize, target, major, minor);
        }

        /** Without the attribute by which a directory hands access rights on to what is made in it. */
        Entry withoutDefaultAcl() {
            var xattrs = new TreeMap<>(attributes.xattrs());
            xattrs.remove(Acl.DEFAULT);
            return with(
                    new Attributes(
                            attributes.mode(), attributes.uid(), attributes.gid(), attributes.mtimeNanos(), xattrs),
                    size);
        }

        Stream<Entry> simpler() {
            Stream<Entry> plain = attributes.equals(PLAIN) ? Stream.of() : Stream.of(with(PLAIN, size));
            Stream<Entry> bare = attributes.xattrs().isEmpty()
                    ? Stream.of()
                    : Stream.of(with(
                            new Attributes(
                                    attributes.mode(),
                                    attributes.uid(),
                                    attributes.gid(),
                                    attributes.mtimeNanos(),
                                    Map.of()),
                            size));
            Stream<Entry> empty = size == 0 ? Stream.of() : Stream.of(with(attributes, 0));
            return Stream.of(plain, bare, empty).flatMap(each -> each);
        }

        private SparseFile.Format format() {
            return switch (minor) {
                case 0 -> SparseFile.Format.OLD_GNU;
                case 1 -> SparseFile.Format.PAX_0_0;
                case 2 -> SparseFile.Format.PAX_0_1;
                default -> SparseFile.Format.PAX_1_0;
            };
        }

        private byte[] content() {
            byte[] content = new byte[size];
            new Random(size * 31L + path.hashCode()).nextBytes(content);
            return content;
        }

        @Override
        public String toString() {
            String what = switch (type) {
                case WHITEOUT -> "hide";
                case OPAQUE -> "hide in";
                case '0' -> "file";
                case SPARSE -> "file with holes (" + format() + ")";
                case '1' -> "hard link";
                case '2' -> "link";
                case '3' -> "char";
                case '4' -> "block";
                case '5' -> "directory";
                default -> "fifo";
            };
            String to = target.isEmpty() ? "" : " to " + target;
            String device = type == '3' || type == '4' ? " " + major + ":" + minor : "";
            return what + " '" + path + "'" + to + device
                    + (mark() || type == '1'
                            ? ""
                            : " " + Integer.toOctalString(attributes.mode()) + " " + attributes.uid() + ":"
                                    + attributes.gid() + " " + attributes.mtimeNanos() + " size " + size + " "
                                    + attributes.xattrs().keySet());
        }
    }

    /** The archive of one empty file. */
    static Archive ofFile(String path) {
        return new Archive(List.of(new Entry('0', path, PLAIN, 0, "", 0, 0)));
    }

    Stream<Archive> smaller() {
        return Stream.concat(Property.shorter(entries), Property.simpler(entries, Entry::simpler))
                .map(Archive::new)
                .filter(Archive::allowed);
    }

    Archive plus(Entry entry) {
        return new Archive(Stream.concat(entries.stream(), Stream.of(entry)).toList());
    }

    /** Whether something that is no directory was made at a path, which is implied to be one if nothing was. */
    private static boolean standsInTheWay(Map<String, Character> made, String path) {
        made.putIfAbsent(path, '5');
        return made.getOrDefault(path, '5') != '5';
    }

    /**
     * Whether entries go only through what may be directories, and hard links lead to files that came before. What a layer
     * cannot keep is not allowed either: that something went through a directory, and it or the directory was replaced.
     */
    boolean allowed() {
        Map<String, Character> made = new HashMap<>();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (replaces(i) || takesAwayWhatOthersWentBy(i)) {
                return false;
            }
            String path = entry.path();
            for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
                if (standsInTheWay(made, path.substring(0, slash))) {
                    return false;
                }
            }
            boolean fits = switch (entry.type()) {
                // what is on the way to another mark and hidden by this one has no defined meaning
                case WHITEOUT -> !leadsToMark(path);
                case OPAQUE -> !leadsToMark(path) && !standsInTheWay(made, path);
                case '1' ->
                    made.getOrDefault(entry.target(), '5') != '5' && !(entry.target() + "/").startsWith(path + "/");
                default -> true;
            };
            if (!fits) {
                return false;
            }
            if (!entry.mark()) {
                if (entry.type() != '5') {
                    made.keySet().removeIf(name -> name.startsWith(path + "/"));
                }
                made.put(path, entry.type());
            }
        }
        return true;
    }

    /**
     * Whether an entry takes the place of something that may have gone elsewhere, through a link below: of a directory that
     * was implied at first, or of what came before the entry of a directory above.
     */
    private boolean replaces(int index) {
        Entry entry = entries.get(index);
        if (entry.type() != '5' && !entry.mark()) {
            for (int i = 0; i < index; i++) {
                if (implied(i).anyMatch(directory -> (directory + "/").startsWith(entry.path() + "/"))) {
                    return true;
                }
            }
        }
        for (int i = 0; i < index; i++) {
            boolean same = entries.get(i).path().equals(entry.path());
            if (same && entry.mark() && entries.get(i).mark()) {
                return true; // two marks of one path have no defined meaning either
            }
            if (same
                    && directories(entries.subList(i + 1, index)).stream()
                            .anyMatch(directory -> entry.path().startsWith(directory + "/"))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether an entry takes the place of another, and something between the two may have gone through a link below, and on by
     * what was at that place then. The layer has only what came last.
     */
    private boolean takesAwayWhatOthersWentBy(int index) {
        Entry entry = entries.get(index);
        boolean goesThrough = false;
        for (int i = index - 1; i >= 0 && !entry.mark(); i--) {
            Entry before = entries.get(i);
            boolean bothDirectories = entry.type() == '5' && before.type() == '5';
            boolean gone = before.path().equals(entry.path())
                    ? !bothDirectories
                    : entry.type() != '5' && before.path().startsWith(entry.path() + "/");
            if (goesThrough && gone && !before.mark()) {
                return true;
            }
            goesThrough |= implied(i).findAny().isPresent();
        }
        return false;
    }

    /** The directories that an entry goes through, or makes to hide what is in them, of which none before it said what they are. */
    private Stream<String> implied(int index) {
        Entry entry = entries.get(index);
        List<String> described = directories(entries.subList(0, index));
        String path = entry.type() == OPAQUE ? entry.path() + "/" : entry.path();
        return Stream.of(path, entry.type() == '1' ? entry.target() : "")
                .flatMap(each -> Stream.iterate(each.indexOf('/'), end -> end > 0, end -> each.indexOf('/', end + 1))
                        .map(end -> each.substring(0, end)))
                .filter(directory -> !described.contains(directory));
    }

    private static List<String> directories(List<Entry> entries) {
        return entries.stream()
                .filter(entry -> entry.type() == '5')
                .map(Entry::path)
                .toList();
    }

    private boolean leadsToMark(String path) {
        return entries.stream().anyMatch(other -> other.mark() && other.path().startsWith(path + "/"));
    }

    /** The archive as bytes, with marks as the OCI image format has them. */
    byte[] bytes() {
        var tar = new TarBytes();
        entries.forEach(entry -> write(entry, tar));
        return tar.end();
    }

    /** The archive without the marks, which other programs do not know. */
    byte[] bytesWithoutMarks() {
        return new Archive(entries.stream().filter(entry -> !entry.mark()).toList()).bytes();
    }

    private static void write(Entry entry, TarBytes tar) {
        Attributes a = entry.attributes();
        var records = new ByteArrayOutputStream();
        records.writeBytes(TarBytes.record("path", FileNames.encode(name(entry))));
        if (!entry.target().isEmpty()) {
            records.writeBytes(TarBytes.record("linkpath", FileNames.encode(entry.target())));
        }
        records.writeBytes(text("uid", Integer.toUnsignedString(a.uid())));
        records.writeBytes(text("gid", Integer.toUnsignedString(a.gid())));
        records.writeBytes(text("mtime", BigDecimal.valueOf(a.mtimeNanos(), 9).toPlainString()));
        a.xattrs().forEach((name, value) -> records.writeBytes(TarBytes.record("SCHILY.xattr." + name, value)));
        tar.mode(a.mode());
        if (entry.type() != SPARSE) {
            tar.pax('x', records.toByteArray());
        }
        switch (entry.type()) {
            case WHITEOUT, OPAQUE -> tar.entry("x", '0', "", new byte[0]);
            case '3', '4' -> tar.device("x", entry.type(), entry.major(), entry.minor());
            case SPARSE ->
                SparseFile.of(entry.path().hashCode(), entry.size())
                        .write(entry.format(), "x", records.toByteArray(), tar);
            case '1', '2' -> tar.entry("x", entry.type(), "x", new byte[0]);
            default -> tar.entry("x", entry.type(), "", entry.content());
        }
        tar.mode(0644);
    }

    private static byte[] text(String key, String value) {
        return TarBytes.record(key, value.getBytes(US_ASCII));
    }

    private static String name(Entry entry) {
        String path = entry.path();
        int slash = path.lastIndexOf('/') + 1;
        return switch (entry.type()) {
            case WHITEOUT -> path.substring(0, slash) + ".wh." + path.substring(slash);
            case OPAQUE -> path + "/.wh..wh..opq";
            case '5' -> path.isEmpty() ? "./" : path + "/";
            default -> path;
        };
    }

    @Override
    public String toString() {
        return entries.stream().map(entry -> "    " + entry).collect(Collectors.joining("\n"));
    }
}
