package org.buildengine.server.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import java.util.List;

/** Names of span and log attributes that Dagger's CLI reads (dagger-protocol, attribute names). */
final class Attributes {
    static final AttributeKey<Boolean> UI_PASSTHROUGH = AttributeKey.booleanKey("dagger.io/ui.passthrough");
    static final AttributeKey<String> DAG_DIGEST = AttributeKey.stringKey("dagger.io/dag.digest");
    static final AttributeKey<String> DAG_CALL = AttributeKey.stringKey("dagger.io/dag.call");
    static final AttributeKey<List<String>> DAG_INPUTS = AttributeKey.stringArrayKey("dagger.io/dag.inputs");
    static final AttributeKey<String> DAG_OUTPUT = AttributeKey.stringKey("dagger.io/dag.output");
    static final AttributeKey<Boolean> DAG_PENDING = AttributeKey.booleanKey("dagger.io/dag.pending");
    static final AttributeKey<Boolean> DAG_CACHED = AttributeKey.booleanKey("dagger.io/dag.cached");
    static final AttributeKey<Boolean> DAG_CANCELED = AttributeKey.booleanKey("dagger.io/dag.canceled");
    static final AttributeKey<String> LINK_PURPOSE = AttributeKey.stringKey("dagger.io/link.purpose");
    static final String STDIO_STREAM = "stdio.stream";
    static final String STDIO_EOF = "stdio.eof";

    /** On a link to the span where an error came from. */
    static final io.opentelemetry.api.common.Attributes ERROR_ORIGIN =
            io.opentelemetry.api.common.Attributes.of(LINK_PURPOSE, "error_origin");

    private Attributes() {}
}
