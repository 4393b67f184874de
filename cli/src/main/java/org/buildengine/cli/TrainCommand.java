package org.buildengine.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Does what the client commands do, so that the start-up archives that the build records know their classes and what is
 * worth compiling: in this process those of a client, in the daemon that {@code ENGINE_HOST} names those of a daemon.
 */
@Command(name = "train-startup", hidden = true, description = "Exercises the commands for the start-up archives.")
final class TrainCommand implements Callable<Integer> {
    @Option(names = "--rounds", paramLabel = "COUNT", description = "How often to send each document.")
    private int rounds = 1;

    @Parameters(paramLabel = "FILE", description = "Documents to send; they may fail.")
    private List<String> documents = List.of();

    @Override
    public Integer call() {
        Main.execute("version");
        for (int round = 0; round < rounds; round++) {
            documents.forEach(document -> Main.execute("query", "--doc", document));
        }
        return Main.execute("run", "--", "true");
    }
}
