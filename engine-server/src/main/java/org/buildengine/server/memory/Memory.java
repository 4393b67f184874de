package org.buildengine.server.memory;

/**
 * How much memory there is somewhere.
 *
 * @param where the machine or a cgroup, for people
 * @param available bytes that can be had without taking them from processes: what files fill counts as available
 * @param total bytes that there are, or that the cgroup may have
 */
record Memory(String where, long available, long total) {}
