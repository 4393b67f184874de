package org.buildengine.server.exec;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.buildengine.server.network.Namespace;

/**
 * What an OCI specification is made of, after everything was looked up.
 *
 * @param root the mounted root file system
 * @param args the whole command line
 * @param env {@code NAME=value} in order
 * @param cwd working directory
 * @param user who it runs as
 * @param hostname host name
 * @param mounts over the root file system, in order
 * @param init program that becomes PID 1 and starts the command, on the host
 * @param network its network namespace
 * @param ownCgroupView whether it gets a cgroup namespace
 * @param insecure whether it gets all rights
 * @param devicesGuarded whether something keeps it from opening the device nodes that it makes
 * @param cgroupPath where a runtime with a cgroup manager puts it
 */
record ContainerSpec(
        Path root,
        List<String> args,
        List<String> env,
        String cwd,
        Identity user,
        String hostname,
        List<Mount> mounts,
        Optional<Path> init,
        Namespace network,
        boolean ownCgroupView,
        boolean insecure,
        boolean devicesGuarded,
        Optional<String> cgroupPath) {
    ContainerSpec {
        args = List.copyOf(args);
        env = List.copyOf(env);
        mounts = List.copyOf(mounts);
    }

    /**
     * A mount.
     *
     * @param target absolute path in the container
     * @param source what is mounted; empty for a file system in memory
     * @param readOnly whether it cannot be written
     * @param size limit of a file system in memory in bytes, 0 for none
     */
    record Mount(String target, Optional<Path> source, boolean readOnly, long size) {
        static Mount bind(String target, Path source, boolean readOnly) {
            return new Mount(target, Optional.of(source), readOnly, 0);
        }
    }
}
