/**
 * What users see of the cache and say about it: amounts of space, filters, the configured rules, and the collections that
 * happen by themselves. What there is and what goes is known by {@link org.buildengine.snapshotter.CacheCollector}. Called
 * by the API, the control service and the configuration.
 */
@NullMarked
package org.buildengine.server.cache;

import org.jspecify.annotations.NullMarked;
