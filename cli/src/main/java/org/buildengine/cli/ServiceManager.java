package org.buildengine.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The service manager that started this daemon, if it wants to be told how the daemon is: systemd does by
 * {@code NOTIFY_SOCKET}. Its own program {@code systemd-notify} tells it, in the name of the process that starts it
 * (sd_notify(3)), since the JDK has no datagrams on unix sockets. Nobody waits for it.
 */
final class ServiceManager {
    private static final System.Logger LOG = System.getLogger(ServiceManager.class.getName());

    private final boolean listens;

    private ServiceManager(boolean listens) {
        this.listens = listens;
    }

    /** Who is to be told according to an environment, which has to be that of this process. */
    static ServiceManager of(Map<String, String> environment) {
        return new ServiceManager(environment.containsKey("NOTIFY_SOCKET"));
    }

    /** The daemon listens. */
    void ready() {
        tell("READY=1");
    }

    /** The daemon ends. */
    void stopping(String reason) {
        tell("STOPPING=1", "STATUS=" + reason);
    }

    private void tell(String... states) {
        if (!listens) {
            return;
        }
        List<String> command = new ArrayList<>(List.of("systemd-notify"));
        command.addAll(List.of(states));
        try {
            Process notify = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            var _ = notify.onExit().thenAccept(ended -> {
                if (ended.exitValue() != 0) {
                    LOG.log(System.Logger.Level.WARNING, "systemd-notify failed with {0}", ended.exitValue());
                }
            });
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "NOTIFY_SOCKET is set, but the service manager cannot be told: {0}",
                    e.getMessage());
        }
    }
}
