package org.buildengine.server.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One case.
 *
 * @param needs what has to be there: {@code image}, {@code busybox}, {@code registry}, {@code httpd}, {@code git},
 *     {@code host} (a fresh working directory of the session, see {@link ConformanceCases})
 * @param uses cases whose captured values this one uses; they have to be run before
 * @param elsewhere why the case has no steps, if so
 */
public record ConformanceCase(
        String id, String title, List<String> needs, List<String> uses, Optional<String> elsewhere, List<Step> steps) {
    /**
     * One request.
     *
     * @param write a file to be written below the session's working directory before
     * @param follows whether it can only succeed after the step before did
     * @param captures values of the answer to be kept, by the name of the variable: paths with dots
     */
    public record Step(
            String query,
            Optional<JsonNode> variables,
            String operationName,
            Optional<String> write,
            boolean follows,
            int status,
            Map<String, String> captures,
            JsonNode expect) {}

    @Override
    public String toString() {
        return id + " " + title;
    }
}
