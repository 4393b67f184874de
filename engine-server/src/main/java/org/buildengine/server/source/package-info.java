/**
 * Where trees come from: one source per scheme of {@link org.buildengine.solver.op.SourceOp}, chosen by {@link
 * org.buildengine.server.source.SourceRunner}.
 *
 * <p>Invariants: a source fetches exactly what its pinned identity names; the same bytes are fetched once, whoever asks
 * for them at the same time; giving up one run never ends a fetch that another still waits for.
 */
@NullMarked
package org.buildengine.server.source;

import org.jspecify.annotations.NullMarked;
