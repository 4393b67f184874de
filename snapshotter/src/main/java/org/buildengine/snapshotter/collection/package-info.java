/**
 * What is removed from the cache, in which order. The store lists what there is and takes out what it is told to; here is
 * decided. Called through {@link org.buildengine.snapshotter.CacheCollector}.
 */
@NullMarked
package org.buildengine.snapshotter.collection;

import org.jspecify.annotations.NullMarked;
