package org.buildengine.server.http;

import java.time.Duration;

/**
 * What the front door takes from one peer.
 *
 * @param headerBytes size of all header fields of a request, in bytes; more is answered with 431
 * @param bodyBytes size of a body that is read into memory; more is answered with 413
 * @param window bytes of one stream that may wait in memory, per direction
 * @param headDeadline from the first byte of a request, or of a connection, to the end of its head
 * @param stall how long a peer may neither send what it announced nor take what it asked for, and how long a connection
 *     may be idle
 */
public record HttpLimits(int headerBytes, long bodyBytes, int window, Duration headDeadline, Duration stall) {
    /** 1 MiB of header with some room above, 256 MiB of body, windows of 256 KiB, 30 s for a head, an hour of stall. */
    public static HttpLimits defaults() {
        return new HttpLimits(
                (1 << 20) + (64 << 10), 256L << 20, 256 << 10, Duration.ofSeconds(30), Duration.ofHours(1));
    }

    /** Refuses what cannot work. */
    public HttpLimits {
        if (headerBytes < 8192 || bodyBytes < 0 || window < 16384) {
            throw new IllegalArgumentException("limits too small: " + headerBytes + ", " + bodyBytes + ", " + window);
        }
    }

    /** The same with other limits of size. */
    public HttpLimits withSizes(int newHeaderBytes, long newBodyBytes) {
        return new HttpLimits(newHeaderBytes, newBodyBytes, window, headDeadline, stall);
    }

    /** The same with another limit of standing still. */
    public HttpLimits withStall(Duration limit) {
        return new HttpLimits(headerBytes, bodyBytes, window, headDeadline, limit);
    }

    /** The same with another deadline for heads. */
    public HttpLimits withHeadDeadline(Duration deadline) {
        return new HttpLimits(headerBytes, bodyBytes, window, deadline, stall);
    }
}
