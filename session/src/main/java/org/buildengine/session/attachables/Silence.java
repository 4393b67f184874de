package org.buildengine.session.attachables;

import java.time.Duration;

/**
 * What the silence of a client would mean.
 *
 * @param noticed whether it has left a check of its health unanswered for a second
 * @param left how much longer its connection lasts if it answers no check any more, the next one included; an answer begins
 *     another time
 */
public record Silence(boolean noticed, Duration left) {}
