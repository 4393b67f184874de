/**
 * The work in progress. A {@link org.buildengine.solver.node.Node} stands for one vertex while somebody demands it; it
 * is a small state machine with a virtual thread of its own, and disappears when it ends. There is no scheduler thread,
 * no lock wider than a node, and no node ever changes its identity.
 *
 * <p>States and what may follow them are declared in {@link org.buildengine.solver.node.NodeState}. The rules:
 *
 * <ul>
 *   <li>A demand is a token. The last token gone means cancel; a token given back twice is given back once.
 *   <li>A node that is being cancelled takes no new demand. Whoever comes then gets a new node, which starts when the
 *       old one has ended: nobody inherits somebody else's cancellation.
 *   <li>Before it runs, a node claims its producer key. Whoever finds the key claimed becomes a demand on the claimant,
 *       whichever session that belongs to: at most one execution per producer key at a time.
 *   <li>A failure goes to everybody who demands the node now, and is then forgotten. Results are remembered by the
 *       store alone, in one write batch.
 *   <li>What a job hears of a vertex it hears in order: the end of a run after its beginning, and every beginning has an end
 *       while the job is open. An answer comes after what led to it was told. A listener that fails misses something; nobody else notices.
 *   <li>A node ends after the nodes before it of the same vertex, and a solver that is closed begins nothing: when {@link
 *       org.buildengine.solver.node.NodeSolver#close(java.time.Duration)} returns in time, nothing runs.
 *   <li>A job that joins a run hears what was printed before, as far as a log has it, and how much is missing. It hears that in its
 *       own time: the run, its end and the other jobs do not wait for it, only the answer of that job does.
 *   <li>A build demands more while it runs, for the same jobs as itself, and has neither a claim nor a turn nor a volume then. What it
 *       waits for needs none but builds that are nested more deeply, so that it never comes to wait for itself.
 * </ul>
 */
@NullMarked
package org.buildengine.solver.node;

import org.jspecify.annotations.NullMarked;
