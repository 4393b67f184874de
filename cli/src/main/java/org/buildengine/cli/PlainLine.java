package org.buildengine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The command lines that programs and scripts write most, {@code run COMMAND} and {@code query}, with no other options than how
 * progress is shown. They are understood without the library that parses all others: to load it takes longer than all that a
 * small command does. What is not exactly such a line, or has anything wrong with it, is left to the library.
 */
final class PlainLine {
    private final Map<String, String> environment;
    private final List<String> words;
    private String progress;
    private boolean quiet;
    private @Nullable String command;
    private List<String> program = List.of();

    private PlainLine(Map<String, String> environment, List<String> words) {
        this.environment = environment;
        this.words = words;
        String named = environment.getOrDefault("DAGGER_PROGRESS", "");
        this.progress = named.isEmpty() ? "auto" : named;
    }

    /**
     * Understands a command line.
     *
     * @param environment the environment of this process
     * @param words the command line without the launcher's name
     * @return what it asks for, ending with an exit code; empty if the line is not plain
     */
    static Optional<Callable<Integer>> read(Map<String, String> environment, String... words) {
        PlainLine line = new PlainLine(environment, Arrays.asList(words));
        return line.parse() ? line.task() : Optional.empty();
    }

    private boolean parse() {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("--silent") || word.equals("-s") || word.equals("--quiet") || word.equals("-q")) {
                quiet = true;
            } else if (word.startsWith("--progress=")) {
                progress = word.substring("--progress=".length());
            } else if (command == null && (word.equals("run") || word.equals("query"))) {
                command = word;
            } else if ("run".equals(command) && (word.equals("--") || !word.startsWith("-"))) {
                program = words.subList(word.equals("--") ? i + 1 : i, words.size());
                return !program.isEmpty();
            } else {
                return false;
            }
        }
        return "query".equals(command);
    }

    private Optional<Callable<Integer>> task() {
        Path workdir = Path.of(environment.getOrDefault("DAGGER_WORKDIR", "."))
                .toAbsolutePath()
                .normalize();
        Optional<ProgressChoice.Mode> mode = ProgressChoice.Mode.named(progress);
        if (mode.isEmpty() || !Files.isDirectory(workdir)) {
            return Optional.empty();
        }
        ProgressChoice choice =
                new ProgressChoice(quiet ? ProgressChoice.Mode.QUIET : mode.get(), false, environment, words);
        if (program.isEmpty()) {
            return Optional.of(() -> new QueryRun(choice.display(), workdir, QueryRun.standardInput(), Map.of()).run());
        }
        return Optional.of(() -> new ProgramRun(
                        EngineChoice.from(environment), choice.display(), workdir, ProgramRun.CLEANUP_TIMEOUT, program)
                .run());
    }
}
