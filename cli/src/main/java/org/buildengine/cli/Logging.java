package org.buildengine.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * The log of this process, as the resource {@code logging.properties} beside this class describes it. It is made by the first
 * line that is logged; most commands log none.
 */
public final class Logging {
    private static final String MANAGER = "java.util.logging.manager";
    private static final Set<String> CHOICES =
            Set.of(MANAGER, "java.util.logging.config.class", "java.util.logging.config.file");

    private Logging() {}

    /**
     * To be called once, before anything logs; what the command line of the virtual machine says of logging wins. Naming a
     * manager, and not a configuration, lets the JDK's own loggers wait for the first line too: one is asked for by the start
     * of every process, and by the exit of this one.
     */
    static void configure() {
        if (CHOICES.stream().noneMatch(choice -> System.getProperty(choice) != null)) {
            System.setProperty(MANAGER, Log.class.getName());
        }
    }

    /** Made by the JDK, which finds its name in the system property. */
    public static final class Log extends LogManager {
        @Override
        public void readConfiguration() throws IOException {
            try (InputStream properties = Logging.class.getResourceAsStream("logging.properties")) {
                if (properties != null) {
                    readConfiguration(properties);
                }
            }
        }
    }

    /** Lets only warnings through from now on: for an engine whose log is not what the user came for. */
    static void onlyWarnings() {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            handler.setLevel(Level.WARNING);
        }
    }
}
