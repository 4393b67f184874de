package org.buildengine.server.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.buildengine.solver.op.FileAction;

/** Replaces a text literally: everywhere, at the one place where it stands, or at the first from some line on. */
final class Replacement {
    private static final int MOST_LISTED = 20;

    private final FileAction.Replace action;

    private Replacement(FileAction.Replace action) {
        this.action = action;
    }

    static Replacement of(FileAction.Replace action) {
        return new Replacement(action);
    }

    /**
     * The text after the replacement.
     *
     * @throws IOException if the search text is empty, is not there, or is there several times without a word which one
     *     is meant
     */
    String apply(String text) throws IOException {
        if (action.search().isEmpty()) {
            throw new IOException("search string must not be empty");
        }
        if (action.all() && action.firstFrom() <= 0) {
            return text.replace(action.search(), action.replacement());
        }
        int start = action.firstFrom() > 0 ? lineStart(text, action.firstFrom()) : 0;
        List<Integer> found = occurrences(text, start);
        if (action.all()) {
            return text.substring(0, start) + text.substring(start).replace(action.search(), action.replacement());
        }
        if (found.isEmpty()) {
            throw new IOException("search string not found");
        }
        if (found.size() > 1 && action.firstFrom() <= 0) {
            throw new IOException("search string found multiple times: " + listed(text, found));
        }
        int at = found.getFirst();
        return text.substring(0, at)
                + action.replacement()
                + text.substring(at + action.search().length());
    }

    private List<Integer> occurrences(String text, int start) {
        var found = new ArrayList<Integer>();
        for (int at = text.indexOf(action.search(), start);
                at >= 0;
                at = text.indexOf(action.search(), at + action.search().length())) {
            found.add(at);
        }
        return found;
    }

    private static int lineStart(String text, long line) {
        int at = 0;
        for (long i = 1; i < line; i++) {
            int end = text.indexOf('\n', at);
            if (end < 0) {
                return text.length();
            }
            at = end + 1;
        }
        return at;
    }

    private String listed(String text, List<Integer> found) {
        String places =
                found.stream().limit(MOST_LISTED).map(at -> place(text, at)).collect(Collectors.joining(", "));
        return found.size() > MOST_LISTED ? places + ", …" : places;
    }

    private String place(String text, int at) {
        int lineStart = text.lastIndexOf('\n', at - 1) + 1;
        long line = 1 + text.substring(0, at).chars().filter(c -> c == '\n').count();
        int column = at - lineStart;
        return "line " + line + " (" + column + "-" + (column + action.search().length()) + ")";
    }
}
