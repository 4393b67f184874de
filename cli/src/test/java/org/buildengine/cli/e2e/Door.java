package org.buildengine.cli.e2e;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How a program comes to its session. */
enum Door {
    /** {@code engine run} starts the program. */
    RUN {
        @Override
        List<String> command(List<String> program) {
            var command = new ArrayList<>(List.of(ScratchEngine.LAUNCHER, "run", "--"));
            command.addAll(program);
            return command;
        }
    },
    /** The SDK in the program starts {@code engine session}. */
    SESSION {
        @Override
        Map<String, String> environment(Map<String, String> of) {
            var environment = new HashMap<>(of);
            environment.put("_EXPERIMENTAL_DAGGER_CLI_BIN", ScratchEngine.LAUNCHER);
            return environment;
        }
    };

    List<String> command(List<String> program) {
        return program;
    }

    Map<String, String> environment(Map<String, String> of) {
        return of;
    }
}
