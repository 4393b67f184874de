package org.buildengine.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Asks the daemon that {@code ENGINE_HOST} names, so that the start-up archive that the build records of it knows its classes
 * and what is worth compiling.
 */
@Command(name = "train-startup", hidden = true, description = "Exercises a daemon for its start-up archive.")
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
