package org.buildengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.buildengine.server.Checkup;
import org.buildengine.server.config.ConfigException;
import org.buildengine.server.config.EngineConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code engine doctor}: what this machine lacks for running an engine, and how to get it. */
@Command(
        name = "doctor",
        description = "Says what this machine lacks for running an engine, and how to get it.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class DoctorCommand implements Callable<Integer> {
    /** What an engine can do without, as long as something else works in its place. */
    private static final List<String> REPLACEABLE = List.of("crun", "runc", "network bridge");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Path root;
        try {
            root = EngineConfig.sources()
                    .environment(Launcher.configuration())
                    .build()
                    .root();
        } catch (ConfigException e) {
            System.err.println("engine: " + e.getMessage());
            return 2;
        }
        List<Requirement> requirements = Requirement.all();
        for (Requirement requirement : requirements) {
            String mark = requirement.met() ? "ok     " : requirement.needed() ? "MISSING" : "absent ";
            out.println(mark + "  " + requirement.name() + (requirement.met() ? "" : ": " + requirement.otherwise()));
        }
        boolean works = requirements.stream().allMatch(requirement -> requirement.met() || !requirement.needed());
        if (works) {
            works = tryOut(out, root);
        }
        out.println(works ? "This machine can run an engine." : "This machine cannot run an engine yet.");
        List<String> remedies = Requirement.remedies(requirements);
        if (!remedies.isEmpty()) {
            out.println((works ? "It would do so better after this:" : "This should help:") + "\n");
            remedies.forEach(command -> out.println("    " + command));
        }
        return works ? 0 : 1;
    }

    /** Does what a daemon would do; what does not work is no harm as long as something else does in its place. */
    private static boolean tryOut(PrintWriter out, Path root) throws IOException {
        Path scratch = scratchNear(root);
        try {
            boolean works = true;
            for (Checkup.Finding finding : Checkup.examine(scratch)) {
                out.println(
                        (finding.works() ? "ok     " : "FAILS  ") + "  " + finding.subject() + ": " + finding.detail());
                works &= finding.works() || REPLACEABLE.stream().anyMatch(finding.subject()::startsWith);
            }
            return works;
        } finally {
            remove(scratch);
        }
    }

    /** A directory where a daemon would keep its store: elsewhere there may be another file system, which can do more or less. */
    private static Path scratchNear(Path root) throws IOException {
        for (Path place = root.toAbsolutePath(); place != null; place = place.getParent()) {
            if (Files.isDirectory(place) && Files.isWritable(place)) {
                return Files.createTempDirectory(place, "engine-doctor");
            }
        }
        return Files.createTempDirectory("engine-doctor");
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
