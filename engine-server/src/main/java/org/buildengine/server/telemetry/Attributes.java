package org.buildengine.server.telemetry;

/** Names of span and log attributes that Dagger's CLI reads (dagger-protocol, attribute names). */
final class Attributes {
    static final String UI_PASSTHROUGH = "dagger.io/ui.passthrough";
    static final String DAG_DIGEST = "dagger.io/dag.digest";
    static final String DAG_CALL = "dagger.io/dag.call";
    static final String DAG_INPUTS = "dagger.io/dag.inputs";
    static final String DAG_OUTPUT = "dagger.io/dag.output";
    static final String DAG_PENDING = "dagger.io/dag.pending";
    static final String DAG_CACHED = "dagger.io/dag.cached";
    static final String DAG_CANCELED = "dagger.io/dag.canceled";
    static final String LINK_PURPOSE = "dagger.io/link.purpose";
    static final String STDIO_STREAM = "stdio.stream";
    static final String STDIO_EOF = "stdio.eof";

    /** Value of {@link #LINK_PURPOSE} on a link to the span where an error came from. */
    static final String ERROR_ORIGIN = "error_origin";

    private Attributes() {}
}
