package org.buildengine.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Turns a failure into one line for a person: each cause that says something new, outermost first. */
final class Failures {
    private Failures() {}

    static String describe(Throwable failure) {
        List<String> texts = new ArrayList<>();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if ((cause instanceof CompletionException || cause instanceof ExecutionException)
                    && cause.getCause() != null) {
                continue;
            }
            String text = Objects.requireNonNullElse(
                    cause.getMessage(), cause.getClass().getSimpleName());
            if (texts.stream().noneMatch(known -> known.contains(text))) {
                texts.add(text);
            }
        }
        return String.join(": ", texts);
    }
}
