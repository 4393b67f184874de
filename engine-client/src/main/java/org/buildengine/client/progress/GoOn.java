package org.buildengine.client.progress;

import java.util.ArrayList;
import java.util.List;

/**
 * The commands that go on from a failure.
 *
 * @param command the words of the command that failed, {@code engine} first
 */
public record GoOn(List<String> command) {
    /** Lines that can be pasted, each with what it is good for. */
    public List<String> lines() {
        List<String> detailed = new ArrayList<>(command);
        detailed.addAll(1, List.of("--progress=plain", "-v"));
        return List.of(
                "To go on:",
                "  " + text(command) + "  # again; steps that are done stay done",
                "  " + text(detailed) + "  # again, with every call and all output",
                "  engine doctor  # checks this machine");
    }

    private static String text(List<String> words) {
        return String.join(" ", words.stream().map(ShellWord::quoted).toList());
    }
}
