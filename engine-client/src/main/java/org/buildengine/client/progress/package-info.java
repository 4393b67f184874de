/**
 * Progress for people: turns spans and output into numbered steps and prints them as plain lines.
 *
 * <p>{@link org.buildengine.client.progress.Steps} is the model, {@link org.buildengine.client.progress.PlainProgress} one
 * display of it. Callers: the command line. Invariants: a step has one number for life; what a step prints is prefixed with
 * it; a display never delays the build, it is fed by the session's own threads.
 */
@NullMarked
package org.buildengine.client.progress;

import org.jspecify.annotations.NullMarked;
