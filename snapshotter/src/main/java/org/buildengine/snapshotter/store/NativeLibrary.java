package org.buildengine.snapshotter.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/**
 * The native library of the database, unpacked to a place of its own. By itself it would go to a new name below the temporary
 * directory each time, and stay there after a {@code kill -9}. A copy that is whole stays for the next start, which so needs no
 * space for another one.
 */
final class NativeLibrary {
    /** Under which {@link RocksDB#loadLibrary(List)} looks for it; within the archive it has another one. */
    private static final String NAME = Environment.getJniLibraryFileName("rocksdbjni");

    private static volatile boolean loaded;

    private NativeLibrary() {}

    /** Loads it from its copy in {@code directory}, unless this process has it already. */
    static void load(Path directory) throws IOException {
        if (!loaded) {
            copyTo(directory);
            RocksDB.loadLibrary(List.of(directory.toString()));
            loaded = true;
        }
    }

    /** Makes the copy, if there is none that is equal. */
    static Path copyTo(Path directory) throws IOException {
        String name = Environment.getJniLibraryFileName("rocksdb");
        URL packed = RocksDB.class.getResource("/" + name);
        if (packed == null) {
            throw new FileNotFoundException("the engine comes without " + name);
        }
        Path copy = Files.createDirectories(directory).resolve(NAME);
        if (!isEqual(copy, packed)) {
            try (InputStream library = packed.openStream()) {
                Files.copy(library, copy, StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                Files.deleteIfExists(copy);
                throw e;
            }
        }
        return copy;
    }

    private static boolean isEqual(Path copy, URL packed) throws IOException {
        if (!Files.isRegularFile(copy)) {
            return false;
        }
        var connection = (JarURLConnection) packed.openConnection();
        connection.setUseCaches(false);
        try (JarFile _ = connection.getJarFile()) {
            JarEntry library = connection.getJarEntry();
            return Files.size(copy) == library.getSize() && checksum(copy) == library.getCrc();
        }
    }

    private static long checksum(Path file) throws IOException {
        try (var in = new CheckedInputStream(Files.newInputStream(file), new CRC32())) {
            in.transferTo(OutputStream.nullOutputStream());
            return in.getChecksum().getValue();
        }
    }
}
