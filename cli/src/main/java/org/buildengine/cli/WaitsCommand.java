package org.buildengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.buildengine.client.BuildsClient;
import org.buildengine.session.wire.builds.Wait;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code engine waits}: who waits for whom. */
@Command(
        name = "waits",
        description = "Says who waits for whom at this moment: clients, steps, and what steps need.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class WaitsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        List<Wait> waits;
        try (EngineChoice engine = EngineChoice.from(System.getenv());
                BuildsClient builds = BuildsClient.connect(engine.address(), VersionCommand.API_VERSION)) {
            waits = builds.waits();
        }
        var table = new WaitTable(Instant.now());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(WaitTable.json(waits));
        } else {
            table.lines(waits).forEach(out::println);
        }
        return 0;
    }
}
