package org.buildengine.server;

import java.time.Duration;

/**
 * The deadlines of sessions.
 *
 * @param attach how long work waits for a client to attach what it offers
 * @param acknowledge how long a client may take for the one byte after the 101
 * @param linger how long a session whose main client never attached anything outlives its last request, so that single
 *     requests one after another share it
 * @param tombstone how long the id of an ended session is refused
 * @param silence how long a client that has attached may leave checks of its health unanswered; then its session ends
 * @param step how long one step of a teardown may take
 */
public record SessionTimes(
        Duration attach, Duration acknowledge, Duration linger, Duration tombstone, Duration silence, Duration step) {
    /** 10 s to attach and to acknowledge, 5 s of linger, 60 s of tombstone, 70 s of silence, 10 s per step. */
    public static SessionTimes defaults() {
        return new SessionTimes(
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofSeconds(60),
                Duration.ofSeconds(70),
                Duration.ofSeconds(10));
    }

    /** The same with another limit of silence. */
    public SessionTimes withSilence(Duration limit) {
        return new SessionTimes(attach, acknowledge, linger, tombstone, limit, step);
    }

    /** The same with another linger. */
    public SessionTimes withLinger(Duration limit) {
        return new SessionTimes(attach, acknowledge, limit, tombstone, silence, step);
    }
}
