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
    static final AttributeKey<String> LINK_PURPOSE = AttributeKey.stringKey("dagger.io/link.purpose");
    static final AttributeKey<Long> EXIT_CODE = AttributeKey.longKey("exit.code");

    static final String DAG_CACHED = "dagger.io/dag.cached";
    static final String DAG_CANCELED = "dagger.io/dag.canceled";
    static final String STDIO_STREAM = "stdio.stream";
    static final String STDIO_EOF = "stdio.eof";

    /** Value of {@link #LINK_PURPOSE} on a link to the span where an error came from. */
    static final String ERROR_ORIGIN = "error_origin";

    private Attributes() {}
}
