package org.buildengine.server.graphql;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.graphql.FieldObserver.Observation;
import org.buildengine.solver.SolveException;
import org.jspecify.annotations.Nullable;

/**
 * Says to the client what went wrong in a field. Failures of work that a field further up described, and that ran only
 * now, end in a reference to the span where it ran.
 */
final class ErrorWriter {
    private static final Logger LOG = System.getLogger(ErrorWriter.class.getName());
    private static final Pattern MARKER = Pattern.compile("\\[traceparent:[0-9a-f]{32}-[0-9a-f]{16}]$");
    private static final Pattern TRACEPARENT = Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-.*");

    private final String trace;

    /** For a request that came with this {@code traceparent}, if it had one. */
    ErrorWriter(Optional<String> traceparent) {
        var given = TRACEPARENT.matcher(traceparent.orElse(""));
        trace = given.matches() ? given.group(1) : random(16);
    }

    GraphqlError write(String field, Throwable error, ErrorPath path, Observation seen) {
        String message = Optional.ofNullable(error.getMessage()).orElse(error.toString());
        return new GraphqlError(
                switch (error) {
                    case ApiException known -> message + marker(known, seen);
                    case SolveException failed -> message + marker(failed, seen);
                    case InterruptedException cancelled -> field + " was cancelled";
                    default -> internal(field, error);
                },
                path.toList(),
                Optional.empty(),
                extensions(error));
    }

    private static String internal(String field, Throwable error) {
        LOG.log(Level.ERROR, "resolving " + field + " failed", error);
        return field + " failed inside the engine, which is a defect of it: " + error;
    }

    private static Map<String, Object> extensions(Throwable error) {
        return switch (error) {
            case ApiException known -> {
                if (!known.extensions().isEmpty()) {
                    yield known.extensions();
                }
                yield known.code().isEmpty() ? Map.of() : Map.of("code", known.code());
            }
            case SolveException failed ->
                failed.kind() == SolveException.Kind.CANCELLED ? Map.of("code", "CANCELLED") : Map.of();
            case InterruptedException cancelled -> Map.of("code", "CANCELLED");
            default -> Map.of("code", "INTERNAL");
        };
    }

    private String marker(Throwable error, Observation seen) {
        if (!isLate(error) || MARKER.matcher(String.valueOf(error.getMessage())).find()) {
            return "";
        }
        String origin = seen.origin(error).orElseGet(() -> trace + "-" + random(8));
        return " [traceparent:" + origin + "]";
    }

    private static boolean isLate(Throwable error) {
        for (@Nullable Throwable at = error; at != null; at = at.getCause()) {
            if (at instanceof SolveException || (at instanceof ApiException known && known.isLate())) {
                return true;
            }
        }
        return false;
    }

    private static String random(int bytes) {
        byte[] raw = new byte[bytes];
        ThreadLocalRandom.current().nextBytes(raw);
        return HexFormat.of().formatHex(raw);
    }
}
