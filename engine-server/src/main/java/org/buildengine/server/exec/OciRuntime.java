package org.buildengine.server.exec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A program that runs containers, and how it has to be called on this host.
 *
 * @param kind which program
 * @param program where it is
 * @param style how it gets on with the cgroups of this host
 */
record OciRuntime(Kind kind, Path program, Style style) {
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

    // $1 the entrance of the cgroup, $2 that of the devices rule or nothing. The shell is replaced, so that the
    // process that the engine started is the runtime itself.
    private static final String ENTER =
            "echo 0 > \"$1\" && if [ -n \"$2\" ]; then echo 0 > \"$2\"; fi && shift 2 && exec \"$@\"";
    private static final String COVER = "mount -t cgroup2 none /sys/fs/cgroup && exec \"$@\"";

    boolean managesCgroup() {
        return style == Style.MANAGES;
    }

    /** The command line that runs the container of a bundle to its end. */
    List<String> command(Bundle bundle, ControlGroup cgroup, Optional<Path> deviceGroup) {
        return command(
                bundle,
                cgroup,
                deviceGroup,
                List.of("run", "--bundle", bundle.directory().toString(), bundle.id()));
    }

    /** The command line that makes the container of a bundle and does not start its command. */
    List<String> createCommand(Bundle bundle, ControlGroup cgroup, Optional<Path> deviceGroup) {
        return command(
                bundle,
                cgroup,
                deviceGroup,
                List.of("create", "--bundle", bundle.directory().toString(), bundle.id()));
    }

    private List<String> command(Bundle bundle, ControlGroup cgroup, Optional<Path> deviceGroup, List<String> action) {
        Path entrance =
                managesCgroup() ? cgroup.directory().resolve("runtime").resolve("cgroup.procs") : cgroup.entrance();
        String devices = managesCgroup()
                ? ""
                : deviceGroup
                        .map(group -> group.resolve("cgroup.procs").toString())
                        .orElse("");
        var command = new ArrayList<>(List.of("/bin/sh", "-c", ENTER, "sh", entrance.toString(), devices));
        if (style == Style.STAYS_COVERED) {
            command.addAll(List.of("unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", COVER, "sh"));
        }
        command.addAll(List.of(
                program.toString(), "--root", bundle.state().toString(), "--log", log(bundle), "--log-format", "json"));
        if (!managesCgroup()) {
            command.add("--cgroup-manager=disabled");
        }
        command.addAll(action);
        return command;
    }

    private String log(Bundle bundle) {
        return kind == Kind.CRUN ? "file:" + bundle.log() : bundle.log().toString();
    }
}
