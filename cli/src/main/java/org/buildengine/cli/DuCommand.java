package org.buildengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.buildengine.client.CacheClient;
import org.buildengine.client.CacheEntry;
import org.buildengine.client.CacheListing;
import org.buildengine.client.CacheOwner;
import org.buildengine.session.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code engine du}: what the engine's cache has, and what it takes on disk. */
@Command(
        name = "du",
        description = "Says what the engine keeps, and what it takes on disk.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "SIZE includes what is SHARED with others; the total counts that once.",
            "",
            "Filters compare id, type and description (==, != or ~= with a regular",
            "expression), or ask for inuse, mutable or immutable; shared and private",
            "are BuildKit's, and ask for another store: here everything is private. A",
            "comma means and; several filters mean or:",
            "  engine du --filter type==exec.cachemount,inuse"
        })
final class DuCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--filter", paramLabel = "FILTER", description = "List what matches; may be repeated.")
    private List<String> filters = List.of();

    @Option(names = "--json", description = "Print one JSON object, with the bytes and times of each record.")
    private boolean json;

    @Option(names = "--owners", description = "Say who holds results, which therefore stay, instead of what there is.")
    private boolean owners;

    @Override
    public Integer call() throws IOException {
        return owners ? sayOwners() : sayRecords();
    }

    private int sayOwners() throws IOException {
        if (!filters.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "--filter: chooses among records, so that it cannot be given with --owners");
        }
        List<CacheOwner> holding;
        try (EngineChoice engine = EngineChoice.from(System.getenv());
                CacheClient cache = CacheClient.connect(engine.address(), VersionCommand.API_VERSION)) {
            holding = cache.owners();
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(CacheTable.json(holding));
        } else {
            new CacheTable(Instant.now()).owners(holding).forEach(out::println);
        }
        return 0;
    }

    private int sayRecords() throws IOException {
        CacheListing listing;
        try (EngineChoice engine = EngineChoice.from(System.getenv());
                CacheClient cache = CacheClient.connect(engine.address(), VersionCommand.API_VERSION)) {
            listing = cache.list(filters);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(CacheTable.json(listing));
            return 0;
        }
        if (!listing.entries().isEmpty()) {
            new CacheTable(Instant.now()).lines(listing.entries()).forEach(out::println);
            out.println();
        }
        long inUse = listing.entries().stream().filter(CacheEntry::inUse).count();
        out.println("Total: " + CacheTable.bytes(listing.bytes()) + "; "
                + Counted.of(listing.entries().size(), filters.isEmpty() ? "record" : "matching record") + ", " + inUse
                + " in use");
        return 0;
    }
}
