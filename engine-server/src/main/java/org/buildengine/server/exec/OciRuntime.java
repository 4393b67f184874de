package org.buildengine.server.exec;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A program that runs containers, and how it has to be called on this host. Closing gives up what is started.
 *
 * @param kind which program
 * @param program what is started
 * @param style how it gets on with the cgroups of this host
 */
record OciRuntime(Kind kind, RuntimeProgram program, Style style) implements Closeable {
    /** The programs that are known. */
    enum Kind {
        CRUN,
        RUNC;

        String program() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** How a runtime gets on with the cgroups of a host. */
    enum Style {
        /** It makes a cgroup of its own below the one of the execution. */
        MANAGES("with a cgroup of its own"),
        /** It leaves the container in the cgroup of the execution. */
        STAYS("in the engine's cgroup"),
        /** The same, with a view of cgroup version 2 alone, put up for each container. */
        STAYS_COVERED("in the engine's cgroup, below a view of cgroup version 2 of its own");

        private final String text;

        Style(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /** The line that lets a {@link #waitingCommand} go on, without standard input. */
    static final String NO_INPUT = "closed";

    /** The line that lets a {@link #waitingCommand} go on; what follows it is the standard input. */
    static final String INPUT_FOLLOWS = "open";

    // $1 the entrance of the cgroup, $2 that of the devices rule or nothing. The shell is replaced, so that the
    // process that the engine started is the runtime itself.
    private static final String ENTER = "echo 0 > \"$1\" && if [ -n \"$2\" ]; then echo 0 > \"$2\"; fi && shift 2 && ";
    private static final String BECOME = "exec \"$@\"";
    // The read takes no byte after the line. It fails when the engine dies, and the shell with it.
    private static final String WAIT =
            "read -r word && if [ \"$word\" = " + NO_INPUT + " ]; then exec \"$@\" </dev/null; else exec \"$@\"; fi";
    private static final String COVER = "mount -t cgroup2 none /sys/fs/cgroup && exec \"$@\"";

    boolean managesCgroup() {
        return style == Style.MANAGES;
    }

    /** Makes the cgroup of an execution, ready to be entered. */
    ControlGroup cgroup(ControlGroups cgroups, String id) throws IOException {
        ControlGroup cgroup = cgroups.create(id);
        if (managesCgroup()) {
            // Version 2 allows processes only in leaves once controllers are passed on to children.
            Files.createDirectory(cgroup.directory().resolve("runtime"));
        }
        return cgroup;
    }

    /** The command line that runs the container of a bundle to its end. */
    List<String> command(Bundle bundle, ControlGroup cgroup, Optional<Path> deviceGroup) {
        return command(BECOME, bundle, cgroup, deviceGroup, "run");
    }

    /** The same, but it waits in the cgroup until a line on its standard input says how to go on. */
    List<String> waitingCommand(Bundle bundle, ControlGroup cgroup, Optional<Path> deviceGroup) {
        return command(WAIT, bundle, cgroup, deviceGroup, "run");
    }

    /** The command line that makes the container of a bundle and does not start its command. */
    List<String> createCommand(Bundle bundle, ControlGroup cgroup, Optional<Path> deviceGroup) {
        return command(BECOME, bundle, cgroup, deviceGroup, "create");
    }

    private List<String> command(
            String then, Bundle bundle, ControlGroup cgroup, Optional<Path> deviceGroup, String action) {
        Path entrance =
                managesCgroup() ? cgroup.directory().resolve("runtime").resolve("cgroup.procs") : cgroup.entrance();
        String devices = managesCgroup()
                ? ""
                : deviceGroup
                        .map(group -> group.resolve("cgroup.procs").toString())
                        .orElse("");
        var command = new ArrayList<>(List.of("/bin/sh", "-c", ENTER + then, "sh", entrance.toString(), devices));
        if (style == Style.STAYS_COVERED) {
            command.addAll(List.of("unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", COVER, "sh"));
        }
        command.addAll(List.of(
                program.path().toString(),
                "--root",
                bundle.state().toString(),
                "--log",
                log(bundle),
                "--log-format",
                "json"));
        if (!managesCgroup()) {
            command.add("--cgroup-manager=disabled");
        }
        command.addAll(List.of(action, "--bundle", bundle.directory().toString(), bundle.id()));
        return command;
    }

    private String log(Bundle bundle) {
        return kind == Kind.CRUN ? "file:" + bundle.log() : bundle.log().toString();
    }

    @Override
    public void close() throws IOException {
        program.close();
    }
}
