package org.buildengine.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Touches what the client commands touch, so that the start-up archive that the build records knows their classes. */
@Command(name = "train-startup", hidden = true, description = "Exercises the commands for the start-up archive.")
final class TrainCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        return Main.execute("version");
    }
}
