/**
 * Programs that measure the snapshotter against what else does the same on this machine, in turns, in one process. They are
 * started by the scripts in {@code docs/dev/benchmarks}, which make what is measured; no test runs them.
 */
package org.buildengine.snapshotter.benchmark;
