package org.buildengine.cli.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.UncheckedIOException;

/**
 * A command that ended.
 *
 * @param code its exit code
 * @param out its standard output
 * @param err its standard error
 */
record Finished(int code, String out, String err) {
    private static final JsonMapper JSON = new JsonMapper();

    /** What a program of the tests said under a name; fails with all that was printed if it never did. */
    JsonNode said(String name) {
        return out.lines()
                .filter(line -> line.startsWith("{"))
                .map(Finished::parse)
                .filter(object -> object.has(name))
                .map(object -> object.get(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the program did not say \"" + name + "\": " + this));
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** This, if the command succeeded. */
    Finished succeeded() {
        if (code != 0) {
            throw new AssertionError("the command failed: " + this);
        }
        return this;
    }

    /** How many steps of the progress ended in a way: {@code DONE}, {@code CACHED}, {@code ERROR}. */
    long steps(String kind, String end) {
        var names = new java.util.HashSet<String>();
        err.lines()
                .filter(line -> line.matches("#\\d+ " + kind + ".*"))
                .map(line -> line.split(" ", 2)[0])
                .forEach(names::add);
        return err.lines()
                .filter(line -> line.matches("#\\d+ " + end + "\\b.*"))
                .filter(line -> names.contains(line.split(" ", 2)[0]))
                .count();
    }

    @Override
    public String toString() {
        return "exit code " + code + "\n-- standard output\n" + out + "\n-- standard error\n" + err;
    }
}
