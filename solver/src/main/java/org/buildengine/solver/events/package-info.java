/**
 * What runs print, and when they began and ended: one append-only file per build, for as long as the build is kept.
 *
 * <p>A run is written once, into the log of the build that it began for, or of the first that takes it on if it began for none, whoever
 * else wants its result; others only refer to it.
 * Its log can be written until its last run has ended, also if that is after the end of the build. Output is cut here, where no
 * character is cut. A log that cannot be written loses output and says how much; it never fails or delays a run.
 *
 * <p>A file is a row of frames, each with its length and a CRC32C. After the death of the process it ends with a whole frame, after
 * a loss of power perhaps not: readers stop at the first frame that is damaged. A log of an earlier run of the engine is only read.
 *
 * <p>A reader has a descriptor and a pace of its own: it keeps nobody waiting. It can begin at any time, and starts with the first frame.
 */
@NullMarked
package org.buildengine.solver.events;

import org.jspecify.annotations.NullMarked;
