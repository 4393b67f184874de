package org.buildengine.snapshotter.crash;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Reads the database and the disk of a store that no process uses, by itself and without the code that wrote them, and says
 * what does not fit together. The format is written down here a second time, on purpose.
 */
public final class StoreChecker {
    private static final HexFormat HEX = HexFormat.of();

    private final Path root;
    private final Map<String, Map<String, byte[]>> tables;
    private final List<String> faults = new ArrayList<>();

    /** What a row of a result refers to. */
    private record Result(Set<String> layers, Set<String> blobs) {}

    private StoreChecker(Path root) throws RocksDBException {
        this.root = root;
        this.tables = read(root.resolve("store"));
    }

    /** What is wrong in a store whose process died; what a start clears away is not. */
    static List<String> afterDeath(Path root) throws IOException, RocksDBException {
        if (!Files.exists(root.resolve("store/CURRENT"))) {
            return List.of();
        }
        var checker = new StoreChecker(root);
        checker.rowsHaveTheirFiles();
        checker.rowsFitTogether();
        checker.epochsListWhatMayBeLost();
        return checker.faults;
    }

    /** What is wrong in a store that was opened and closed in order: nothing is left over either. */
    public static List<String> afterClosing(Path root) throws IOException, RocksDBException {
        var checker = new StoreChecker(root);
        checker.rowsHaveTheirFiles();
        checker.rowsFitTogether();
        checker.epochsListWhatMayBeLost();
        checker.filesHaveTheirRows();
        checker.volumesHaveTheirDirectories();
        checker.nothingIsUnfinished();
        return checker.faults;
    }

    /** The number of the format that the store says it has. */
    static long format(Path root) throws RocksDBException {
        return number(new StoreChecker(root).meta("format"));
    }

    private static Map<String, Map<String, byte[]>> read(Path database) throws RocksDBException {
        var tables = new HashMap<String, Map<String, byte[]>>();
        try (var options = new Options();
                var databaseOptions = new DBOptions()) {
            var descriptors = RocksDB.listColumnFamilies(options, database.toString()).stream()
                    .map(ColumnFamilyDescriptor::new)
                    .toList();
            var handles = new ArrayList<ColumnFamilyHandle>();
            try (RocksDB db = RocksDB.openReadOnly(databaseOptions, database.toString(), descriptors, handles)) {
                for (ColumnFamilyHandle handle : handles) {
                    var rows = new TreeMap<String, byte[]>();
                    try (RocksIterator row = db.newIterator(handle)) {
                        for (row.seekToFirst(); row.isValid(); row.next()) {
                            rows.put(HEX.formatHex(row.key()), row.value());
                        }
                    }
                    tables.put(new String(handle.getName(), StandardCharsets.US_ASCII), rows);
                    handle.close();
                }
            }
        }
        return tables;
    }

    private Map<String, byte[]> table(String name) {
        return tables.getOrDefault(name, Map.of());
    }

    private static String ascii(String hex) {
        return new String(HEX.parseHex(hex), StandardCharsets.US_ASCII);
    }

    private void rowsHaveTheirFiles() throws IOException {
        for (String key : table("layer").keySet()) {
            Path layer = root.resolve("layers").resolve(ascii(key));
            byte[] index = {};
            if (Files.isRegularFile(layer.resolve("index"))) {
                index = Files.readAllBytes(layer.resolve("index"));
                index(ascii(key), index);
            } else {
                faults.add("layer " + ascii(key) + " has a row and no index");
            }
            if (Files.exists(layer.resolve("image.erofs"))) {
                byte[] image = Files.readAllBytes(layer.resolve("image.erofs"));
                image(ascii(key), image);
                contents(ascii(key), index, image);
                if (Files.exists(layer.resolve("fs"))) {
                    faults.add("layer " + ascii(key) + " is an image and a directory");
                }
            } else if (Files.exists(layer.resolve("fs"))) {
                contents(ascii(key), index, new byte[0]);
            } else {
                faults.add("layer " + ascii(key) + " has a row and no files");
            }
        }
        for (var row : table("blob").entrySet()) {
            Path blob = root.resolve("cas/sha256")
                    .resolve(row.getKey().substring(0, 2))
                    .resolve(row.getKey());
            if (!Files.exists(blob)) {
                faults.add("blob " + row.getKey() + " has a row and no file");
            } else {
                long size = ByteBuffer.wrap(row.getValue()).getLong();
                if (Files.size(blob) != size) {
                    faults.add("blob " + row.getKey() + " has " + Files.size(blob) + " bytes, its row says " + size);
                }
                if (!sha256(blob).equals(row.getKey())) {
                    faults.add("blob " + row.getKey() + " has other bytes");
                }
            }
        }
    }

    /** An index ends with a CRC-32C of all before it. */
    private void index(String layer, byte[] index) {
        int sum = index.length - Long.BYTES;
        if (sum < 0 || littleEndian(index).getLong(sum) != crc(index, 0, sum)) {
            faults.add("layer " + layer + " has a damaged index");
        }
    }

    /** An image says in its superblock, at byte 1024, how many blocks of 4096 it has; its CRC-32C lacks the last inversion. */
    private void image(String layer, byte[] image) {
        if (image.length < 4096 || littleEndian(image).getInt(1024) != 0xE0F5E1E2) {
            faults.add("layer " + layer + " has no image");
            return;
        }
        byte[] block = Arrays.copyOfRange(image, 1024, 4096);
        int sum = littleEndian(block).getInt(4);
        littleEndian(block).putInt(4, 0);
        if (sum != ~(int) crc(block, 0, block.length)) {
            faults.add("layer " + layer + " has a damaged image");
        }
        long blocks = Integer.toUnsignedLong(littleEndian(block).getInt(36));
        if (image.length != blocks * 4096) {
            faults.add(
                    "layer " + layer + " has an image of " + image.length + " bytes that says " + blocks + " blocks");
        }
    }

    /**
     * The records of an index, of 104 bytes each, begin at byte 48. Those of files, which have the kind 0, say where in the image
     * the whole blocks are and where the rest, with 0 for "behind them"; in the index of a directory they say 0 for both.
     */
    private void contents(String layer, byte[] index, byte[] image) {
        int records = index.length < 48 ? 0 : littleEndian(index).getInt(8);
        for (int at = 48; at < 48 + 104 * records; at += 104) {
            ByteBuffer node = littleEndian(index);
            long size = node.getLong(at + 40);
            long data = node.getLong(at + 48);
            long tail = node.getLong(at + 56);
            if (index[at + 6] != 0 || size == 0) {
                continue;
            }
            if (image.length == 0) {
                if (data != 0 || tail != 0) {
                    faults.add("layer " + layer + " is a directory and has the index of an image");
                }
                continue;
            }
            long whole = tail == 0 ? size : size / 4096 * 4096;
            boolean within =
                    data >= 0 && data + whole <= image.length && tail >= 0 && tail + size - whole <= image.length;
            if (!within || (data == 0 && tail == 0)) {
                faults.add("layer " + layer + " has a file that is not in its image");
                continue;
            }
            MessageDigest sha = sha256();
            sha.update(image, (int) data, (int) whole);
            sha.update(image, (int) tail, (int) (size - whole));
            if (!Arrays.equals(sha.digest(), Arrays.copyOfRange(index, at + 72, at + 104))) {
                faults.add("layer " + layer + " has a file with other bytes in its image");
            }
        }
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long crc(byte[] bytes, int from, int length) {
        var crc = new CRC32C();
        crc.update(bytes, from, length);
        return crc.getValue();
    }

    private static String sha256(Path file) throws IOException {
        try (var in = new DigestInputStream(Files.newInputStream(file), sha256())) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HEX.formatHex(in.getMessageDigest().digest());
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void rowsFitTogether() throws IOException {
        Set<String> needed = new HashSet<>();
        for (var row : table("result").entrySet()) {
            Result result = decode(row.getValue());
            needed.addAll(result.layers());
            for (String layer : result.layers()) {
                if (!table("layer").containsKey(HEX.formatHex(layer.getBytes(StandardCharsets.US_ASCII)))) {
                    faults.add("result " + row.getKey() + " needs layer " + layer + ", which has no row");
                }
            }
            for (String blob : result.blobs()) {
                if (!table("blob").containsKey(blob)) {
                    faults.add("result " + row.getKey() + " needs blob " + blob + ", which has no row");
                }
            }
            if (table("tombstone").containsKey(row.getKey())) {
                faults.add("result " + row.getKey() + " is there and has a tombstone");
            }
        }
        for (String layer : table("layer").keySet()) {
            if (!needed.contains(ascii(layer))) {
                faults.add("layer " + ascii(layer) + " is kept for no result");
            }
            if (table("intent").containsKey(layer)) {
                faults.add("layer " + ascii(layer) + " is kept and still intended");
            }
        }
        for (String name : List.of("recipe", "producer", "content")) {
            for (var row : table(name).entrySet()) {
                String result = HEX.formatHex(row.getValue());
                if (!table("result").containsKey(result) && !table("tombstone").containsKey(result)) {
                    faults.add(name + " key " + row.getKey() + " leads to result " + result + ", which is unknown");
                }
            }
        }
        long next = number(meta("next-result"));
        for (String result : table("result").keySet()) {
            if (Long.parseUnsignedLong(result, 16) >= next) {
                faults.add("result " + result + " has a number that is not taken yet, the next is " + next);
            }
        }
        for (String use : table("used").keySet()) {
            if (!table("result").containsKey(use)) {
                faults.add("result " + use + " was used and is unknown");
            }
        }
    }

    private byte @org.jspecify.annotations.Nullable [] meta(String name) {
        return table("meta").get(HEX.formatHex(name.getBytes(StandardCharsets.US_ASCII)));
    }

    /**
     * An epoch that is durable has no rows listed any more. As long as none is, every row that has files behind it, or leads
     * to one that has, is listed.
     */
    private void epochsListWhatMayBeLost() {
        long durable = number(meta("durable-epoch"));
        Set<String> listed = new HashSet<>();
        for (String row : table("epoch").keySet()) {
            if (Long.parseUnsignedLong(row.substring(0, 16), 16) <= durable) {
                faults.add("row " + row.substring(16) + " is listed in an epoch that is durable");
            }
            listed.add(row.substring(16));
        }
        if (durable == 0) {
            List<String> codes = List.of("recipe", "producer", "content", "result", "layer", "blob");
            for (int i = 0; i < codes.size(); i++) {
                for (String key : table(codes.get(i)).keySet()) {
                    if (!listed.contains("%02x%s".formatted(i + 1, key))) {
                        faults.add(codes.get(i) + " " + key + " is in no epoch, and none is durable");
                    }
                }
            }
        }
    }

    private static long number(byte @org.jspecify.annotations.Nullable [] value) {
        return value == null ? 0 : ByteBuffer.wrap(value).getLong();
    }

    private static Result decode(byte[] row) throws IOException {
        try (var in = new DataInputStream(new ByteArrayInputStream(row))) {
            in.readByte();
            in.skipNBytes(32 + Long.BYTES + Integer.BYTES + Long.BYTES);
            Set<String> layers = new HashSet<>();
            for (int outputs = in.readUnsignedShort(); outputs > 0; outputs--) {
                for (int count = in.readUnsignedShort(); count > 0; count--) {
                    layers.add(new String(in.readNBytes(in.readUnsignedByte()), StandardCharsets.US_ASCII));
                }
            }
            for (int facts = in.readUnsignedShort(); facts > 0; facts--) {
                in.skipNBytes(in.readInt());
                in.skipNBytes(in.readInt());
            }
            Set<String> blobs = new HashSet<>();
            for (int count = in.readInt(); count > 0; count--) {
                blobs.add(HEX.formatHex(in.readNBytes(32)));
            }
            return new Result(layers, blobs);
        }
    }

    private void filesHaveTheirRows() throws IOException {
        for (Path layer : entries(root.resolve("layers"))) {
            String name = layer.getFileName().toString();
            if (!table("layer").containsKey(HEX.formatHex(name.getBytes(StandardCharsets.US_ASCII)))) {
                faults.add("layer " + name + " has files and no row");
            }
        }
        for (Path bucket : entries(root.resolve("cas/sha256"))) {
            for (Path blob : entries(bucket)) {
                if (!table("blob").containsKey(blob.getFileName().toString())) {
                    faults.add("blob " + blob.getFileName() + " has a file and no row");
                }
            }
        }
    }

    private void volumesHaveTheirDirectories() throws IOException {
        for (Path volume : entries(root.resolve("caches"))) {
            if (!volume.getFileName().toString().matches("[0-9a-f]{64}")) {
                faults.add(volume + " is no cache volume");
            }
        }
        for (String volume : table("volume").keySet()) {
            if (!Files.isDirectory(root.resolve("caches").resolve(volume))) {
                faults.add("cache volume " + volume + " has a row and no directory");
            }
        }
    }

    private void nothingIsUnfinished() throws IOException {
        entries(root.resolve("work")).forEach(left -> faults.add(left + " is left over"));
        entries(root.resolve("mnt")).forEach(left -> faults.add(left + " is left over"));
        table("intent").keySet().forEach(key -> faults.add("layer " + ascii(key) + " is still intended"));
        if (!table("epoch").isEmpty()) {
            faults.add(table("epoch").size() + " rows are not durable after an orderly end");
        }
    }

    private static List<Path> entries(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        }
    }
}
