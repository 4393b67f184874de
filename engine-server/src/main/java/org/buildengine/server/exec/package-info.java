/**
 * Runs commands in containers: ExecRunner mounts the trees, writes the OCI
 * specification, starts the OCI runtime, pumps the output and seals what was changed. The daemon makes one
 * ExecEnvironment at its start and gives it to the runner.
 *
 * <p>Invariants: whatever an execution started has ended before its run returns; its cgroup, mounts and files are gone
 * then too, or soon after a success, and always before the environment is closed; the same operation over the same inputs gives the same specification; no secret reaches a disk, a log or an error; nothing that
 * an image or a command left in a tree makes the daemon touch a file outside of that tree.
 */
@NullMarked
package org.buildengine.server.exec;

import org.jspecify.annotations.NullMarked;
