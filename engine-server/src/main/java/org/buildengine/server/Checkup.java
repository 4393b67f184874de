package org.buildengine.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.buildengine.server.exec.ExecEnvironment;
import org.buildengine.server.exec.ExecSettings;
import org.buildengine.server.network.Networks;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Workspace;

/** Tries on this host what a daemon would do: open a store, mount a workspace, run a container. */
public final class Checkup {
    private Checkup() {}

    /**
     * One thing that was tried.
     *
     * @param subject what it was
     * @param works whether it works
     * @param detail how it works, or why it does not and what helps
     */
    public record Finding(String subject, boolean works, String detail) {}

    /**
     * What was found, in the order in which it was tried. What does not work is a finding, not an error.
     *
     * @param scratch an empty directory on the file system that the store would be on; files are left in it
     */
    public static List<Finding> examine(Path scratch) {
        var findings = new ArrayList<Finding>();
        try (DiskSnapshotter store = DiskSnapshotter.open(scratch, DiskSnapshotter.Options.defaults())) {
            String form = store.layerForm().name().toLowerCase(Locale.ROOT).replace('_', ' ');
            findings.add(new Finding("store", true, "opens; layers are kept as " + form));
            findings.add(workspace(store));
        } catch (IOException e) {
            findings.add(new Finding("store", false, String.valueOf(e.getMessage())));
        }
        findings.addAll(runtimes(scratch));
        findings.add(network());
        return findings;
    }

    private static Finding network() {
        try {
            return new Finding("network bridge", true, Networks.tryBridge());
        } catch (IOException e) {
            return new Finding(
                    "network bridge", false, e.getMessage() + "; until then executions share the host's network");
        }
    }

    private static Finding workspace(DiskSnapshotter store) {
        try (Workspace workspace = store.workspace(Snapshot.EMPTY)) {
            return new Finding(
                    "workspace", true, "overlay mounts at " + workspace.root().getParent());
        } catch (IOException e) {
            return new Finding("workspace", false, String.valueOf(e.getMessage()));
        }
    }

    private static List<Finding> runtimes(Path scratch) {
        var findings = new ArrayList<Finding>();
        try (ExecEnvironment executions = ExecEnvironment.open(ExecSettings.below(scratch), scratch)) {
            executions
                    .findings()
                    .forEach(found -> findings.add(new Finding(found.subject(), found.works(), found.detail())));
            findings.add(executions
                    .runtimeName()
                    .map(name -> new Finding("containers", true, "are run by " + name))
                    .orElseGet(() -> new Finding("containers", false, "no OCI runtime works here")));
        } catch (IOException e) {
            findings.add(new Finding("containers", false, String.valueOf(e.getMessage())));
        }
        return findings;
    }
}
