package org.buildengine.cli;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Does what the client commands do, so that the start-up archives that the build records know their classes and what is
 * worth compiling: with documents those of the daemon that {@code ENGINE_HOST} names, without any those of this process.
 */
@Command(name = "train-startup", hidden = true, description = "Exercises the commands for the start-up archives.")
final class TrainCommand implements Callable<Integer> {
    @Option(names = "--rounds", paramLabel = "COUNT", description = "How often to send each document.")
    private int rounds = 1;

    @Parameters(paramLabel = "FILE", description = "Documents to send; they may fail.")
    private List<String> documents = List.of();

    @Override
    public Integer call() {
        if (documents.isEmpty()) {
            return plain();
        }
        Main.execute("version");
        for (int round = 0; round < rounds; round++) {
            documents.forEach(document -> Main.execute("query", "--doc", document));
        }
        return Main.execute("run", "--", "true");
    }

    /** What a {@link PlainLine} does, and nothing else. */
    private int plain() {
        int code = 0;
        InputStream given = System.in;
        try {
            for (int round = 0; round < rounds; round++) {
                System.setIn(new ByteArrayInputStream("{version}".getBytes(StandardCharsets.UTF_8)));
                code |= Main.execute("query");
                code |= Main.execute("run", "true");
            }
        } finally {
            System.setIn(given);
        }
        return code;
    }
}
