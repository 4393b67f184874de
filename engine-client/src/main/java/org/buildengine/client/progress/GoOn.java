package org.buildengine.client.progress;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The commands that go on from a failure.
 *
 * @param command the words of the command that failed, {@code engine} first; none if it is a program that failed, which
 *     somebody else started
 */
public record GoOn(List<String> command) {
    private static final Set<String> PROGRESS = Set.of("-v", "--verbose", "-s", "--silent");

    /** For a session whose program was started elsewhere: only who started it knows how to do so again. */
    public static GoOn elsewhere() {
        return new GoOn(List.of());
    }

    /** Lines that can be pasted, each with what it is good for. */
    public List<String> lines() {
        if (command.isEmpty()) {
            return List.of(
                    "To go on, run the program again; steps that are done stay done.",
                    "  engine doctor  # checks this machine");
        }
        List<String> detailed = withoutProgress();
        detailed.addAll(1, List.of("--progress=plain", "-v"));
        return List.of(
                "To go on:",
                "  " + text(command) + "  # again; steps that are done stay done",
                "  " + text(detailed) + "  # again, with every call and all output",
                "  engine doctor  # checks this machine");
    }

    /** The command without what it says about progress; what follows its second plain word is a program's. */
    private List<String> withoutProgress() {
        var words = new ArrayList<String>();
        int plain = 0;
        for (String word : command) {
            boolean option = word.startsWith("-") && !word.equals("--");
            plain += option ? 0 : 1;
            if (!option || plain > 2 || !tellsProgress(word)) {
                words.add(word);
            }
        }
        return words;
    }

    private static boolean tellsProgress(String option) {
        return option.startsWith("--progress=") || PROGRESS.contains(option);
    }

    private static String text(List<String> words) {
        return String.join(" ", words.stream().map(ShellWord::quoted).toList());
    }
}
