/**
 * Decides what has to run. Callers describe work as an immutable graph of {@link org.buildengine.solver.op.Vertex
 * vertices} and demand one of them through a {@link org.buildengine.solver.Job}; the solver keys the graph, finds what
 * is known, joins what is running, and hands the rest to the {@link org.buildengine.solver.OpRunner runners}.
 *
 * <p>Knows the public package of the snapshotter and nothing of Netty, gRPC, RocksDB or native calls.
 */
@NullMarked
package org.buildengine.solver;

import org.jspecify.annotations.NullMarked;
