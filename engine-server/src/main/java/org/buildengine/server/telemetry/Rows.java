package org.buildengine.server.telemetry;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;

/**
 * The form of a row of the spans (one byte for the scope, then the protobuf message; for log records see
 * {@link LogRecords}) and of many rows as one line of protobuf JSON, as the streams carry them.
 */
final class Rows {
    private static final JsonFormat.Printer JSON = JsonFormat.printer().omittingInsignificantWhitespace();
    /** The name under which the engine reports. */
    static final String SERVICE = "build-engine";

    private static final Resource ENGINE = Resource.newBuilder()
            .addAttributes(KeyValue.newBuilder()
                    .setKey("service.name")
                    .setValue(AnyValue.newBuilder().setStringValue(SERVICE)))
            .build();

    private Rows() {}

    static byte[] of(Scope scope, MessageLite message) {
        byte[] body = message.toByteArray();
        var row = new byte[1 + body.length];
        row[0] = scope.code();
        System.arraycopy(body, 0, row, 1, body.length);
        return row;
    }

    /** The rows of one event as its data. */
    static byte[] data(Signal signal, List<byte[]> rows, OutputSources outputs) throws InvalidProtocolBufferException {
        return switch (signal) {
            case TRACES -> JSON.print(traces(rows)).getBytes(StandardCharsets.UTF_8);
            case LOGS -> LogRecords.export(rows, outputs);
            case METRICS -> throw new IllegalStateException("no metrics are written");
        };
    }

    private static ExportTraceServiceRequest traces(List<byte[]> rows) throws InvalidProtocolBufferException {
        var scopes = new EnumMap<Scope, ScopeSpans.Builder>(Scope.class);
        for (byte[] row : rows) {
            scopes.computeIfAbsent(scopeOf(row), s -> ScopeSpans.newBuilder().setScope(named(s)))
                    .addSpans(Span.parseFrom(body(row)));
        }
        var resource = ResourceSpans.newBuilder().setResource(ENGINE);
        scopes.values().forEach(resource::addScopeSpans);
        return ExportTraceServiceRequest.newBuilder().addResourceSpans(resource).build();
    }

    private static Scope scopeOf(byte[] row) {
        return Scope.of(row[0]);
    }

    private static byte[] body(byte[] row) {
        return Arrays.copyOfRange(row, 1, row.length);
    }

    private static InstrumentationScope named(Scope scope) {
        return InstrumentationScope.newBuilder().setName(scope.text()).build();
    }
}
