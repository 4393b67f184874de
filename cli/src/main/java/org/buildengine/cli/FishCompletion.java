package org.buildengine.cli;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes the completion of a command in fish's language, which picocli does not speak. */
final class FishCompletion {
    private final StringBuilder script = new StringBuilder();
    private final String name;

    private FishCompletion(String name) {
        this.name = name;
    }

    static String script(String name, CommandSpec root) {
        FishCompletion completion = new FishCompletion(name);
        completion.options("__fish_use_subcommand", root);
        for (Map.Entry<String, CommandLine> command : root.subcommands().entrySet()) {
            CommandSpec spec = command.getValue().getCommandSpec();
            if (!spec.usageMessage().hidden()) {
                completion.line(
                        "__fish_use_subcommand",
                        " -f -a " + command.getKey()
                                + described(spec.usageMessage().description()));
                completion.options("__fish_seen_subcommand_from " + command.getKey(), spec);
            }
        }
        return completion.script.toString();
    }

    private void options(String condition, CommandSpec command) {
        for (OptionSpec option : command.options()) {
            if (option.hidden()) {
                continue;
            }
            StringBuilder words = new StringBuilder();
            for (String word : option.names()) {
                words.append(word.startsWith("--") ? " -l " + word.substring(2) : " -s " + word.substring(1));
            }
            line(condition, words + (option.arity().max() > 0 ? " -r" : "") + described(option.description()));
        }
    }

    private void line(String condition, String rest) {
        script.append("complete -c ")
                .append(name)
                .append(" -n '")
                .append(condition)
                .append('\'')
                .append(rest)
                .append('\n');
    }

    /** The first sentence: fish shows one line. */
    private static String described(String[] description) {
        if (description.length == 0) {
            return "";
        }
        String first = description[0].split(" \\(|[.:;]( |$)", 2)[0];
        return " -d '" + first.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
