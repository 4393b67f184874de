package org.buildengine.server.network;

import java.util.BitSet;
import java.util.OptionalInt;

/**
 * The addresses of a subnet that executions may have: all but the first (the network), the second (the gateway) and the
 * last (broadcast). An address that was given back is given out again as late as possible, so that nobody takes the new
 * owner for the old one. Safe for several threads.
 */
final class AddressPool {
    private static final int FIRST = 2;
    /** More than that many executions at once are not to be expected; it bounds the memory for a very large subnet. */
    private static final long MOST = 1 << 16;

    private final Ipv4Subnet subnet;
    private final int end;
    private final BitSet taken = new BitSet();
    private int next = FIRST;

    AddressPool(Ipv4Subnet subnet) {
        this.subnet = subnet;
        this.end = (int) Math.min(MOST, subnet.size() - 1);
        if (end <= FIRST) {
            throw new IllegalArgumentException("the subnet " + subnet + " has no address for an execution");
        }
    }

    /** How many addresses there are, taken or not. */
    int capacity() {
        return end - FIRST;
    }

    int gateway() {
        return subnet.address(1);
    }

    /** Takes an address; empty if all are taken. */
    synchronized OptionalInt take() {
        int free = taken.nextClearBit(next);
        if (free >= end) {
            free = taken.nextClearBit(FIRST);
        }
        if (free >= end) {
            return OptionalInt.empty();
        }
        taken.set(free);
        next = free + 1 < end ? free + 1 : FIRST;
        return OptionalInt.of(subnet.address(free));
    }

    /** Gives an address back. */
    synchronized void release(int address) {
        taken.clear(address - subnet.base());
    }
}
