package org.buildengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.buildengine.client.CacheClient;
import org.buildengine.client.CacheListing;
import org.buildengine.client.CachePruning;
import org.buildengine.session.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code engine prune}: removes from the engine's cache what no session uses. */
@Command(
        name = "prune",
        description = "Removes what the engine keeps and no session uses.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "A SPACE is a size such as 10GB, a part of the disk such as 50%%, or a number",
            "of bytes. With limits, what is missed least for its bytes goes first: what",
            "was quick to make and not used for long. Without limits everything goes.",
            "",
            "Example:",
            "  engine prune --max-used-space 20GB --keep-duration 2d --dry-run"
        })
final class PruneCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--dry-run", description = "Remove nothing, say what would go and how long it took to make.")
    private boolean dryRun;

    @Option(
            names = {"-a", "--all"},
            description = "Remove internal records too.")
    private boolean all;

    @Option(names = "--filter", paramLabel = "FILTER", description = "Remove what matches; as engine du has it.")
    private List<String> filters = List.of();

    @Option(
            names = "--keep-duration",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "Keep what was used within this time, such as 48h.")
    private Duration keepDuration = Duration.ZERO;

    @Option(names = "--reserved-space", paramLabel = "SPACE", description = "Leave so much to the cache in any case.")
    private String reservedSpace = "";

    @Option(names = "--max-used-space", paramLabel = "SPACE", description = "Remove until the cache takes no more.")
    private String maxUsedSpace = "";

    @Option(names = "--min-free-space", paramLabel = "SPACE", description = "Remove until so much is free on its disk.")
    private String minFreeSpace = "";

    @Option(names = "--json", description = "Print one JSON object instead.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        CacheListing gone;
        try (EngineChoice engine = EngineChoice.from(System.getenv());
                CacheClient cache = CacheClient.connect(engine.address(), VersionCommand.API_VERSION)) {
            gone = cache.prune(
                    new CachePruning(filters, all, keepDuration, reservedSpace, maxUsedSpace, minFreeSpace, dryRun));
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(CacheTable.json(gone));
            return 0;
        }
        if (!gone.entries().isEmpty()) {
            new CacheTable(Instant.now()).lines(gone.entries()).forEach(out::println);
            out.println();
        }
        out.println((dryRun ? "Would free " : "Freed ") + CacheTable.bytes(gone.bytes()) + ": "
                + Counted.of(gone.entries().size(), "record") + ", which took "
                + CacheTable.time(gone.cost()) + " to make");
        return 0;
    }
}
