package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What {@code --help} says. */
class HelpTest {
    static Stream<CommandLine> commands() {
        CommandLine engine = Main.commandLine(new PrintWriter(Writer.nullWriter()));
        return Stream.concat(
                Stream.of(engine),
                engine.getSubcommands().values().stream()
                        .filter(command ->
                                !command.getCommandSpec().usageMessage().hidden()));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void fitsEightyColumnsAndDescribesEveryOption(CommandLine command) {
        assertThat(command.getUsageMessage().lines()).allMatch(line -> line.length() <= 80, "fits 80 columns");
        assertThat(command.getCommandSpec().options())
                .filteredOn(option -> !option.hidden())
                .allMatch(option -> option.description().length > 0, "has a description")
                .anyMatch(OptionSpec::usageHelp);
        assertThat(command.getCommandSpec().usageMessage().description()).isNotEmpty();
    }
}
