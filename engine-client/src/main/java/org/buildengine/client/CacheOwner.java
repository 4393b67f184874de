package org.buildengine.client;

import java.time.Instant;

/**
 * Somebody who holds results of a cache, which therefore stay.
 *
 * @param name such as a session or a step, for people
 * @param since when it began to be there
 * @param results how many it holds
 */
public record CacheOwner(String name, Instant since, int results) {}
