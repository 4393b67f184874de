/**
 * Progress: turns spans and output into numbered steps, a tree, and shows them.
 *
 * <p>{@link org.buildengine.client.progress.Steps} is the model; {@link org.buildengine.client.progress.ProgressDisplay} is
 * one display of it: plain lines, JSON, or the command line's live tree. Callers: the command line. Invariants: a step has
 * one number for life; nothing that a step prints reaches a terminal but text and colours; a display never delays the
 * build, it is fed by the session's own threads.
 */
@NullMarked
package org.buildengine.client.progress;

import org.jspecify.annotations.NullMarked;
