package org.buildengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.buildengine.client.BuildsClient;
import org.buildengine.session.wire.builds.Divergence;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code engine diff}: where two builds part. */
@Command(
        name = "diff",
        description = "Names the first step in which two builds differ, and what differs.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {"", "engine explain --list names the builds; the beginning of an id is enough."})
final class DiffCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "BEFORE", description = "The earlier build.")
    private String before = "";

    @Parameters(index = "1", paramLabel = "AFTER", description = "The later build.")
    private String after = "";

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        List<Divergence> divergences;
        try (EngineChoice engine = EngineChoice.from(System.getenv());
                BuildsClient builds = BuildsClient.connect(engine.address(), VersionCommand.API_VERSION)) {
            divergences = builds.diff(before, after);
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(EvidenceJson.divergences(divergences));
        } else {
            new EvidenceText(Instant.now()).divergences(divergences).forEach(out::println);
        }
        return 0;
    }
}
