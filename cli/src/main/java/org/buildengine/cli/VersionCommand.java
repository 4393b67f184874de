package org.buildengine.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code engine version}: our own version and the version of the API that we speak. */
@Command(
        name = "version",
        description = "Prints the version of this engine and of the API that it speaks.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class VersionCommand implements Callable<Integer>, IVersionProvider {
    /** The version of Dagger's API that the engine serves. */
    static final String API_VERSION = "v0.21.8";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        spec.commandLine().getOut().println(String.join(" ", getVersion()));
        return 0;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"build-engine " + ownVersion() + " (Dagger API " + API_VERSION + ")"};
    }

    /** The version that the build wrote beside this class. */
    static String ownVersion() {
        try (InputStream in = VersionCommand.class.getResourceAsStream("version.properties")) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException("reading the version", e);
        }
    }
}
