package org.buildengine.solver.admission;

/**
 * What executions need before they begin.
 *
 * @param volumes the locks of cache volumes, which come first: who waits for them keeps no place from others
 * @param executions the places of those that run
 */
public record Admission(VolumeLocks volumes, Gate executions) {}
