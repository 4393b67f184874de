package org.buildengine.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code engine completion}: prints what makes a shell complete our command lines. */
@Command(
        name = "completion",
        description = "Prints a script that makes a shell complete engine's commands and options.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "To have it in every new shell:",
            "  bash: engine completion bash >/etc/bash_completion.d/engine",
            "  zsh:  add to ~/.zshrc: source <(engine completion zsh)",
            "  fish: engine completion fish >~/.config/fish/completions/engine.fish"
        })
final class CompletionCommand implements Callable<Integer> {
    /** The shells that are known. */
    enum Shell {
        /** GNU's. */
        bash,
        /** Takes bash's script. */
        zsh,
        /** Has a language of its own. */
        fish
    }

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "1", paramLabel = "SHELL", description = "One of bash, zsh, fish.")
    private Shell shell = Shell.bash;

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        String script = switch (shell) {
            case bash -> AutoComplete.bash("engine", root);
            // zsh has to be told to understand bash's way, before it meets it.
            case zsh ->
                "autoload -Uz compinit bashcompinit && compinit && bashcompinit\n" + AutoComplete.bash("engine", root);
            case fish -> FishCompletion.script("engine", root.getCommandSpec());
        };
        spec.commandLine().getOut().print(script);
        spec.commandLine().getOut().flush();
        return 0;
    }
}
