package org.buildengine.server.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Drives cases against an endpoint, remembering what they capture for the cases after them. For one session. */
public final class ConformanceRunner {
    /** Sends the body of a request. */
    @FunctionalInterface
    public interface Endpoint {
        /** The answer to a POST of JSON. */
        Reply post(byte[] body) throws IOException, InterruptedException;
    }

    /** The answer of an endpoint. */
    public record Reply(int status, String body) {}

    /**
     * How a case went.
     *
     * @param differences what was not as expected; empty if the case passed
     * @param unexplained the differences of steps that neither asked for a field that the endpoint does not support, nor
     *     used what such a step would have captured
     * @param unsupported fields that the endpoint said it does not support
     */
    public record Result(List<String> differences, List<String> unexplained, Set<String> unsupported) {
        /** Whether everything was as expected. */
        public boolean passed() {
            return differences.isEmpty();
        }
    }

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)}");
    private static final Pattern UNSUPPORTED = Pattern.compile("^(\\w+\\.\\w+) is not supported by this engine yet");

    private final Endpoint endpoint;
    private final Map<String, String> placeholders;
    private final Optional<Path> workdir;
    private final Map<String, String> captured = new HashMap<>();
    private final Set<String> missing = new HashSet<>();
    private final Set<String> done = new HashSet<>();
    private final Map<String, ConformanceCase> cases = new HashMap<>();

    /** A runner that fills in {@code placeholders}, where they stand as words, and writes files below {@code workdir}. */
    public ConformanceRunner(Endpoint endpoint, Map<String, String> placeholders, Optional<Path> workdir) {
        this.endpoint = endpoint;
        this.placeholders = placeholders;
        this.workdir = workdir;
        ConformanceCases.load().forEach(each -> cases.put(each.id(), each));
    }

    /** An endpoint behind a URL such as {@code http://127.0.0.1:4000/query}, with the session's token. */
    public static Endpoint http(URI url, String token) {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        String user = Base64.getEncoder().encodeToString((token + ":").getBytes(StandardCharsets.UTF_8));
        return body -> {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(url)
                            .timeout(Duration.ofMinutes(5))
                            .header("Content-Type", "application/json")
                            .header("Authorization", "Basic " + user)
                            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response.body());
        };
    }

    /** Runs a case, and before it the cases whose values it uses. */
    public Result run(ConformanceCase each) throws IOException, InterruptedException {
        var differences = new ArrayList<String>();
        var unexplained = new ArrayList<String>();
        var unsupported = new TreeSet<String>();
        for (String used : each.uses()) {
            if (!done.contains(used)) {
                unsupported.addAll(
                        run(Objects.requireNonNull(cases.get(used), used)).unsupported());
            }
        }
        int number = 0;
        boolean explained = false;
        for (ConformanceCase.Step step : each.steps()) {
            number++;
            var unsupportedHere = new TreeSet<String>();
            explained = usesMissing(step) || (step.follows() && explained);
            for (String difference : run(step, unsupportedHere)) {
                String named = each.id() + " step " + number + ": " + difference;
                differences.add(named);
                if (!explained && unsupportedHere.isEmpty()) {
                    unexplained.add(named);
                }
            }
            explained |= !unsupportedHere.isEmpty();
            if (explained) {
                missing.addAll(step.captures().keySet());
            }
            unsupported.addAll(unsupportedHere);
        }
        done.add(each.id());
        return new Result(differences, unexplained, unsupported);
    }

    private boolean usesMissing(ConformanceCase.Step step) {
        return VARIABLE.matcher(step.query()).results().anyMatch(variable -> missing.contains(variable.group(1)));
    }

    private List<String> run(ConformanceCase.Step step, Set<String> unsupported)
            throws IOException, InterruptedException {
        if (step.write().isPresent() && workdir.isPresent()) {
            Path file = workdir.get().resolve(step.write().get());
            Files.createDirectories(file.getParent());
            Files.writeString(file, "");
        }
        ObjectNode body = MAPPER.createObjectNode().put("query", fill(step.query()));
        step.variables().ifPresent(variables -> body.set("variables", variables));
        if (!step.operationName().isEmpty()) {
            body.put("operationName", step.operationName());
        }
        Reply reply = endpoint.post(MAPPER.writeValueAsBytes(body));
        JsonNode answer = MAPPER.readTree(reply.body());
        for (JsonNode error : answer.path("errors")) {
            Matcher matcher = UNSUPPORTED.matcher(error.path("message").asText());
            if (matcher.find()) {
                unsupported.add(matcher.group(1));
            }
        }
        step.captures().forEach((name, path) -> captured.put(name, at(answer, path)));
        var differences = new ArrayList<String>();
        if (reply.status() != step.status()) {
            differences.add("status " + reply.status() + " instead of " + step.status());
        }
        new ExpectedJson(this::fill).compare(step.expect(), answer, differences);
        if (!differences.isEmpty()) {
            String shown = reply.body();
            differences.add("answer: " + shown.substring(0, Math.min(2000, shown.length())));
        }
        return differences;
    }

    private static String at(JsonNode answer, String path) {
        JsonNode node = answer;
        for (String part : path.split("\\.", -1)) {
            boolean index = node.isArray() && part.chars().allMatch(Character::isDigit);
            node = index ? node.path(Integer.parseInt(part)) : node.path(part);
        }
        return node.asText();
    }

    private String fill(String text) {
        var filled = new StringBuilder();
        Matcher matcher = VARIABLE.matcher(text);
        while (matcher.find()) {
            String value = captured.getOrDefault(matcher.group(1), matcher.group());
            matcher.appendReplacement(filled, Matcher.quoteReplacement(value));
        }
        matcher.appendTail(filled);
        String result = filled.toString();
        for (Map.Entry<String, String> placeholder : placeholders.entrySet()) {
            result = result.replaceAll(
                    "\\b" + Pattern.quote(placeholder.getKey()) + "\\b",
                    Matcher.quoteReplacement(placeholder.getValue()));
        }
        return result;
    }
}
