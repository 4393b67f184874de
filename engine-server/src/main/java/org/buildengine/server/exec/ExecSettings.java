package org.buildengine.server.exec;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.buildengine.server.network.HostNetwork;
import org.buildengine.server.network.Network;

/**
 * How executions are run.
 *
 * @param runtime which OCI runtime
 * @param network how they reach the network
 * @param allowInsecure whether executions that ask for it get all rights
 * @param init static program that becomes PID 1: Debian's {@code tini-static}
 * @param runDirectory directory for the small files of running executions; a file system in memory is mounted there if
 *     it does not lie in one
 */
public record ExecSettings(
        RuntimeChoice runtime, Network network, boolean allowInsecure, Path init, Path runDirectory) {
    /** Which OCI runtime. */
    public enum RuntimeChoice {
        /** The first of crun and runc that works. */
        AUTO,
        CRUN,
        RUNC;

        /**
         * Reads the setting.
         *
         * @throws IllegalArgumentException if there is no such runtime
         */
        public static RuntimeChoice parse(String text) {
            return switch (text) {
                case "auto" -> AUTO;
                case "crun" -> CRUN;
                case "runc" -> RUNC;
                default ->
                    throw new IllegalArgumentException("unknown runtime \"" + text + "\": use auto, crun or runc");
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        List<OciRuntime.Kind> candidates() {
            return switch (this) {
                case AUTO -> List.of(OciRuntime.Kind.CRUN, OciRuntime.Kind.RUNC);
                case CRUN -> List.of(OciRuntime.Kind.CRUN);
                case RUNC -> List.of(OciRuntime.Kind.RUNC);
            };
        }
    }

    /** The usual settings, with the files of running executions below {@code root}. */
    public static ExecSettings below(Path root) {
        return new ExecSettings(
                RuntimeChoice.AUTO, new HostNetwork(), false, Path.of("/usr/bin/tini-static"), root.resolve("exec"));
    }
}
