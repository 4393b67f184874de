package org.buildengine.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * The log of this process, as the resource {@code logging.properties} beside this class describes it. It is made by the first
 * line that is logged; most commands log none.
 */
public final class Logging {
    private static final String CLASS = "java.util.logging.config.class";

    /**
     * For {@link LogManager}, which makes one of these instead of reading its own configuration.
     *
     * @throws IOException if the resource cannot be read
     */
    public Logging() throws IOException {
        try (InputStream properties = Logging.class.getResourceAsStream("logging.properties")) {
            if (properties != null) {
                LogManager.getLogManager().readConfiguration(properties);
            }
        }
    }

    /** To be called once, before anything logs; a configuration named on the command line of the JVM wins. */
    static void configure() {
        if (System.getProperty("java.util.logging.config.file") == null && System.getProperty(CLASS) == null) {
            System.setProperty(CLASS, Logging.class.getName());
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
