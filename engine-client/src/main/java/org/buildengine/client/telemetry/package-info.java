/**
 * What the engine tells while it works: spans and output, as server-sent events of OTLP in protobuf's JSON (protocol notes,
 * 8.1). Decodes them into the few facts that displays need.
 *
 * <p>Callers: the session and the progress display. Invariants: events of one stream are delivered in order by one thread;
 * a malformed event is skipped, since telemetry may lose data but never a build.
 */
@NullMarked
package org.buildengine.client.telemetry;

import org.jspecify.annotations.NullMarked;
