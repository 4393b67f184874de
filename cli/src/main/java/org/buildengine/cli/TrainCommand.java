package org.buildengine.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.buildengine.client.EngineSession;
import org.buildengine.client.QueryException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Asks the daemon that {@code ENGINE_HOST} names, so that the start-up archive that the build records of it knows its classes
 * and what is worth compiling.
 */
@Command(name = "train-startup", hidden = true, description = "Exercises a daemon for its start-up archive.")
final class TrainCommand implements Callable<Integer> {
    private static final String ROOTFS = "query($path:String!){host{directory(path:$path){id}}}";
    private static final int STEPS = 40;

    @Option(names = "--rounds", paramLabel = "COUNT", description = "How often to send each document.")
    private int rounds = 1;

    @Option(
            names = "--rootfs",
            paramLabel = "DIR",
            description = "A root file system with a shell, to run commands on.")
    private @Nullable Path rootfs;

    @Parameters(paramLabel = "FILE", description = "Documents to send; they may fail.")
    private List<String> documents = List.of();

    @Override
    public Integer call() throws IOException {
        Main.execute("version");
        for (int round = 0; round < rounds; round++) {
            documents.forEach(document -> Main.execute("query", "--doc", document));
        }
        if (rootfs != null) {
            for (int round = 0; round < rounds; round++) {
                build(rootfs, round);
                build(rootfs, round);
            }
        }
        return Main.execute("run", "--", "true");
    }

    /** A session that runs a chain of commands; those of a round are run by the first and remembered by others. */
    private static void build(Path rootfs, int round) throws IOException {
        try (OpenSession session = OpenSession.begin(
                EngineChoice.from(System.getenv()),
                Optional.empty(),
                HostAttachments.below(rootfs),
                VersionCommand.API_VERSION)) {
            EngineSession engine = session.session().join();
            JsonNode root = engine.query(ROOTFS, Map.of("path", TextNode.valueOf(rootfs.toString())));
            engine.query(chain(round), Map.of("root", root.at("/host/directory/id")));
        } catch (QueryException e) {
            System.err.println("engine: " + Failures.printable(String.valueOf(e.getMessage())));
        }
    }

    private static String chain(int round) {
        return IntStream.range(0, STEPS)
                .mapToObj("withExec(args:[\"sh\",\"-c\",\"echo %d > file\"]){"::formatted)
                .collect(Collectors.joining(
                        "",
                        "query($root:DirectoryID!){container{withRootfs(directory:$root){"
                                + "withEnvVariable(name:\"ROUND\",value:\"" + round + "\"){",
                        "exitCode" + "}".repeat(STEPS + 4)));
    }
}
