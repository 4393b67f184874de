package org.buildengine.server.exec;

import java.util.List;

/**
 * A command ended with an exit code that was not expected, or could not be started. Carries what a person needs to see:
 * the command and the ends of what it wrote, both without secrets.
 */
public final class ExecFailure extends Exception {
    /** Exit code of a command that could not be started because of its user. */
    public static final int NO_EXIT_CODE = -1;

    private static final long serialVersionUID = 1L;

    private final transient List<String> command;
    private final int exitCode;
    private final String stdout;
    private final String stderr;

    public ExecFailure(String message, List<String> command, int exitCode, String stdout, String stderr) {
        super(message);
        this.command = List.copyOf(command);
        this.exitCode = exitCode;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    /** The whole command line, without the init process. */
    public List<String> command() {
        return command;
    }

    public int exitCode() {
        return exitCode;
    }

    /** The end of standard output, see {@link OutputTail}. */
    public String stdout() {
        return stdout;
    }

    /** The end of standard error, see {@link OutputTail}. */
    public String stderr() {
        return stderr;
    }
}
