package org.buildengine.server.network;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Chooses a subnet that the host has no use for.
 *
 * @param taken what its routes and addresses cover
 */
record SubnetChoice(List<Ipv4Subnet> taken) {
    /** Room for 4093 executions. */
    private static final int PREFIX = 20;
    /** Private ranges that programs of the same kind do not take by default. */
    private static final List<String> RANGES =
            List.of("10.201.0.0/16", "10.202.0.0/16", "10.203.0.0/16", "172.29.0.0/16", "192.168.192.0/18");

    SubnetChoice {
        taken = List.copyOf(taken);
    }

    Ipv4Subnet choose(Optional<Ipv4Subnet> wanted) throws IOException {
        if (wanted.isPresent()) {
            Optional<Ipv4Subnet> conflict = conflict(wanted.get());
            if (conflict.isPresent()) {
                throw new IOException("the subnet " + wanted.get() + " overlaps " + conflict.get()
                        + ", which this machine has a route for; choose another with --network-subnet");
            }
            return wanted.get();
        }
        return candidates()
                .filter(candidate -> conflict(candidate).isEmpty())
                .findFirst()
                .orElseThrow(() -> new IOException("this machine has routes for every subnet that the engine tries ("
                        + String.join(", ", RANGES) + "); name a free one with --network-subnet"));
    }

    private Optional<Ipv4Subnet> conflict(Ipv4Subnet candidate) {
        return taken.stream().filter(candidate::overlaps).findFirst();
    }

    private static Stream<Ipv4Subnet> candidates() {
        return RANGES.stream()
                .map(Ipv4Subnet::parse)
                .flatMap(range -> IntStream.range(0, 1 << (PREFIX - range.prefix()))
                        .mapToObj(i -> new Ipv4Subnet(range.address(i << (32 - PREFIX)), PREFIX)));
    }
}
