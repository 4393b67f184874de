package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/**
 * What becomes of a damaged database. A mark beside it says that it is damaged, so that what a running engine notices is
 * seen to at the next start. Then its readable rows are copied to a new one, it is moved aside for whoever wants to know
 * what happened, and the new one takes its place; each of these may be the last thing that a process does.
 */
final class Quarantine {
    private static final System.Logger LOG = System.getLogger(Quarantine.class.getName());

    private final Path directory;
    private final Path mark;
    private final Path successor;

    /** For the database in {@code directory}. */
    Quarantine(Path directory) {
        this.directory = directory;
        this.mark = directory.resolveSibling(directory.getFileName() + ".damaged");
        this.successor = directory.resolveSibling(directory.getFileName() + ".saved");
    }

    /** Whether an error says that what is on the disk is not what was written. */
    static boolean damaged(RocksDBException e) {
        Status status = e.getStatus();
        if (status == null) {
            return false;
        }
        String text = String.valueOf(e.getMessage());
        return switch (status.getCode()) {
            case Corruption, NotFound -> true;
            // A file of the database that is gone. A full disk or missing rights are IOError too, and pass.
            case IOError -> text.contains("No such file") || text.contains("file size mismatch");
            default -> false;
        };
    }

    /** Whether damage was noticed. */
    boolean isDue() {
        return Files.exists(mark);
    }

    /** Damage was noticed; the next opening sees to it. */
    void note(RocksDBException damage) {
        if (isDue()) {
            return;
        }
        LOG.log(
                Level.ERROR,
                "the store at {0} is damaged ({1}); what cannot be read counts as missing, and the next start of the engine"
                        + " saves the rest",
                directory,
                damage.getMessage());
        try {
            note(String.valueOf(damage.getMessage()));
        } catch (IOException e) {
            LOG.log(Level.WARNING, "that the store is damaged cannot be noted at " + mark, e);
        }
    }

    private void note(String damage) throws IOException {
        if (!isDue()) {
            Files.writeString(mark, damage + "\n", StandardCharsets.UTF_8);
        }
    }

    /**
     * Makes and opens the new database.
     *
     * @param bootId the run of the kernel, see {@link Epochs}
     * @throws IOException if there is no place for it; nothing is lost then
     */
    Database replace(Reserve reserve, String bootId) throws IOException {
        if (Files.exists(directory)) {
            note("it cannot be opened");
            remove(successor);
            try (Database saved = Database.make(successor, reserve)) {
                Salvage.copy(directory, saved, bootId);
            }
            earlier().forEach(Quarantine::remove);
            Path aside = directory.resolveSibling(mark.getFileName() + "-" + System.currentTimeMillis());
            Files.move(directory, aside);
            LOG.log(Level.ERROR, "the damaged store is kept as {0}", aside);
        }
        if (Files.exists(successor)) {
            Files.move(successor, directory, StandardCopyOption.ATOMIC_MOVE);
        }
        Database database = Database.make(directory, reserve);
        Files.deleteIfExists(mark);
        return database;
    }

    /** What was moved aside before; one is enough to look at. */
    private List<Path> earlier() throws IOException {
        try (Stream<Path> beside = Files.list(directory.resolveSibling("."))) {
            return beside.filter(path -> path.getFileName().toString().startsWith(mark.getFileName() + "-"))
                    .toList();
        }
    }

    /** A database is a directory of files. */
    private static void remove(Path database) {
        try {
            if (!Files.exists(database)) {
                return;
            }
            try (Stream<Path> files = Files.list(database)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(database);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
