/**
 * What clients see of the work: spans for the calls they make and for what runs because of them, and the output of what
 * runs as log records on those spans. Kept per client in append-only files, not in the heap; read as server-sent events
 * by whoever subscribes, from the start, at their own pace.
 *
 * <p>Telemetry can lose data, never time: a row that cannot be written is dropped and counted, nothing here fails a
 * build or waits for a reader. The span and attribute names are those that Dagger's CLI draws its progress from.
 */
@NullMarked
package org.buildengine.server.telemetry;

import org.jspecify.annotations.NullMarked;
