package org.buildengine.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.buildengine.client.AnswerJson;
import org.buildengine.client.QueryException;
import org.buildengine.client.progress.ProgressDisplay;

/**
 * Sends one document in a session of its own and prints the data of the answer.
 *
 * @param display what shows progress
 * @param workdir what the engine may see of this machine's files
 * @param document the document
 * @param variables its variables, by name
 */
record QueryRun(Optional<ProgressDisplay> display, Path workdir, String document, Map<String, JsonNode> variables) {
    private static final int INTERRUPTED = 2;

    /** The document that standard input is. */
    static String standardInput() throws IOException {
        return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    }

    /**
     * Runs it.
     *
     * @return the exit code: 0, or 1 if there is no session or the answer has errors
     */
    int run() throws IOException {
        OpenSession session = OpenSession.begin(
                EngineChoice.from(System.getenv()),
                display,
                HostAttachments.below(workdir),
                VersionCommand.API_VERSION);
        try (OnSignal _ = OnSignal.then(() -> {
                    session.close();
                    return INTERRUPTED;
                });
                session) {
            Optional<Throwable> failure = session.failure();
            if (failure.isPresent()) {
                System.err.println("engine: " + Failures.describe(failure.get()));
                return 1;
            }
            session.answer(AnswerJson.pretty(session.session().join().query(document, variables)));
            return 0;
        } catch (QueryException e) {
            System.err.println("engine: " + Failures.printable(String.valueOf(e.getMessage())));
            return 1;
        }
    }
}
