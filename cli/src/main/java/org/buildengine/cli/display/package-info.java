/**
 * The live tree on a terminal.
 *
 * <p>{@link org.buildengine.cli.display.LiveProgress} collects what changed and decides when to draw;
 * {@link org.buildengine.cli.display.TreeRenderer} makes lines of steps, a size and a time, and nothing else;
 * {@link org.buildengine.cli.display.TerminalScreen} writes them. Callers: the commands. Invariants: nothing of the terminal
 * is ever changed that would have to be restored (no modes, no hidden cursor, no alternate screen), so a crash at any moment
 * leaves it usable; nothing of JLine is loaded before something is drawn.
 */
@NullMarked
package org.buildengine.cli.display;

import org.jspecify.annotations.NullMarked;
