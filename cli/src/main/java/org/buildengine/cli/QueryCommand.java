package org.buildengine.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code engine query}: sends a GraphQL document and prints the data of the answer. */
@Command(
        name = "query",
        description = "Sends a GraphQL query, from standard input or a file, and prints the data of the answer.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Example:",
            "  echo '{ version }' | engine query",
            "",
            "Ends with 1 if the answer has errors; they are on standard error."
        })
final class QueryCommand implements Callable<Integer> {
    private static final System.Logger LOG = System.getLogger(QueryCommand.class.getName());
    private static final JsonMapper JSON = new JsonMapper();

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Main main;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--doc", paramLabel = "FILE", description = "Read the document from a file.")
    private @Nullable Path document;

    @Option(names = "--var", paramLabel = "KEY=VALUE", description = "Set a variable to a text.")
    private Map<String, String> variables = Map.of();

    @Option(names = "--var-json", paramLabel = "JSON", description = "Set variables to the members of a JSON object.")
    private String jsonVariables = "{}";

    @Option(
            names = {"-M", "--no-mod"},
            hidden = true,
            description = "Accepted for compatibility.")
    @SuppressWarnings("UnusedVariable") // parsed only
    private boolean noModule;

    @Override
    public Integer call() throws IOException {
        return new QueryRun(main.options().display(), main.options().workdir(), text(), values()).run();
    }

    private String text() throws IOException {
        if (document == null) {
            return QueryRun.standardInput();
        }
        Path file = main.options().workdir().resolve(document);
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a directory, and no document");
        }
        // what is not UTF-8 is told by the engine, which says where it is
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    private Map<String, JsonNode> values() {
        JsonNode object = object(jsonVariables);
        Map<String, JsonNode> values = new HashMap<>();
        object.properties().forEach(member -> values.put(member.getKey(), member.getValue()));
        variables.forEach((name, value) -> values.put(name, TextNode.valueOf(value)));
        return values;
    }

    private JsonNode object(String json) {
        try {
            JsonNode read = JSON.readTree(json);
            if (read.isObject()) {
                return read;
            }
        } catch (JsonProcessingException e) {
            LOG.log(System.Logger.Level.DEBUG, "--var-json cannot be read", e);
        }
        throw new ParameterException(spec.commandLine(), "--var-json: not a JSON object: " + json);
    }
}
