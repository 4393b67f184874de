package org.buildengine.server.core;

import java.time.Duration;
import java.util.List;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/**
 * How to find out whether a container is well.
 *
 * @param args the command
 * @param shell whether it is one text for the shell
 * @param interval time between checks; zero for the default, as for the others
 * @param timeout how long one may take
 * @param startPeriod how long failures do not count
 * @param startInterval time between checks while they do not count
 * @param retries how many failures in a row mean that it is not well; zero for the default
 */
public record HealthcheckConfig(
        List<String> args,
        boolean shell,
        Duration interval,
        Duration timeout,
        Duration startPeriod,
        Duration startInterval,
        long retries)
        implements CoreObject {
    public HealthcheckConfig {
        args = List.copyOf(args);
    }

    @Override
    public String typeName() {
        return "HealthcheckConfig";
    }

    @Override
    public Digest digest() {
        return encode(new KeyEncoder().text("HealthcheckConfig")).finish();
    }

    KeyEncoder encode(KeyEncoder into) {
        return into.texts(args)
                .flag(shell)
                .number(interval.toNanos())
                .number(timeout.toNanos())
                .number(startPeriod.toNanos())
                .number(startInterval.toNanos())
                .number(retries);
    }
}
