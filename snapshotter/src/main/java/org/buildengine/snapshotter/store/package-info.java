/**
 * The durable memory of the module: one RocksDB, the directory layout around it, the lock on both, and what happens to
 * leftovers at start. Called by the assembly of the module and by the packages beside it.
 *
 * <p>Invariants: every row's file exists, and whatever lies in {@code layers/} or {@code cas/} without a row is moved to
 * the trash at the next start. Order of making: intent row, files, commit row. All rows are written by one thread, each
 * fact in one batch. Nothing on the way of a request waits for the disk: after the death of the process the page cache is
 * whole, and after a loss of power the rows younger than the last durable epoch are dropped.
 */
@NullMarked
package org.buildengine.snapshotter.store;

import org.jspecify.annotations.NullMarked;
