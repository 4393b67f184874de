package org.buildengine.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.buildengine.client.EngineUnavailableException;
import org.buildengine.client.progress.OutputLines;
import org.buildengine.session.tree.Statuses;
import org.jspecify.annotations.Nullable;

/** Turns a failure into one line for a person: each cause that says something new, outermost first. */
final class Failures {
    private Failures() {}

    static String describe(Throwable failure) {
        List<String> texts = new ArrayList<>();
        for (Throwable cause = failure; cause != null; cause = next(cause)) {
            if ((cause instanceof CompletionException || cause instanceof ExecutionException)
                    && cause.getCause() != null) {
                continue;
            }
            String text = Statuses.describe(cause);
            if (texts.stream().noneMatch(known -> known.contains(text))) {
                texts.add(text);
            }
        }
        return printable(String.join(": ", texts));
    }

    /** What others wrote, a registry say, without anything that a terminal obeys; its lines stay. */
    static String printable(String text) {
        return text.lines().map(OutputLines::plain).collect(Collectors.joining("\n"));
    }

    /** An engine that is not there explains itself completely; its cause is the same once more in the kernel's words. */
    private static @Nullable Throwable next(Throwable failure) {
        return failure instanceof EngineUnavailableException ? null : failure.getCause();
    }
}
