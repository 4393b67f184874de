/** Work on a stream that goes on in a thread of its own, beside the one that brings the stream. */
@NullMarked
package org.buildengine.snapshotter.pipeline;

import org.jspecify.annotations.NullMarked;
