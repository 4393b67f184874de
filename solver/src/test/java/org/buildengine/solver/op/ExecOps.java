package org.buildengine.solver.op;

import java.util.List;
import java.util.Map;
import org.buildengine.solver.op.ExecOp.ExecMount;

/** Executions of which a test says only what matters to it. */
public final class ExecOps {
    private ExecOps() {}

    /** A command that must end with 0. */
    public static ExecOp of(List<String> command, List<String> environment, List<ExecMount> mounts) {
        return new ExecOp(
                command,
                environment,
                Map.of(),
                "/",
                "",
                "",
                "",
                "",
                "",
                ExecOp.Expect.SUCCESS,
                false,
                false,
                "linux/amd64",
                mounts);
    }
}
