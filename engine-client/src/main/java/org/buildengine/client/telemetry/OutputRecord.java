package org.buildengine.client.telemetry;

/**
 * A piece of output; it may be part of a line.
 *
 * @param spanId the span that it belongs to
 * @param text the text
 * @param end whether the stream ended
 * @param verbose whether only curious people want to see it
 */
public record OutputRecord(String spanId, String text, boolean end, boolean verbose) {}
