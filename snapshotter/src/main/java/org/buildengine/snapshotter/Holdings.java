package org.buildengine.snapshotter;

import java.time.Instant;

/**
 * What one owner holds.
 *
 * @param owner its name, for people
 * @param since when it was opened
 * @param results how many results stay because of it
 */
public record Holdings(String owner, Instant since, int results) {}
