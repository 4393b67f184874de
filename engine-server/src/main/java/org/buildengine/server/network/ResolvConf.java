package org.buildengine.server.network;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A {@code resolv.conf} (resolv.conf(5)), as far as it matters who answers.
 *
 * @param text the file
 * @param servers the addresses behind {@code nameserver}, in order; where there are none the system asks its own
 *     loopback
 */
record ResolvConf(String text, List<InetAddress> servers) {
    private static final String SERVER = "nameserver";

    ResolvConf {
        servers = List.copyOf(servers);
    }

    static ResolvConf parse(String text) {
        var servers = new ArrayList<InetAddress>();
        text.lines().forEach(line -> server(line).ifPresent(servers::add));
        return new ResolvConf(text, servers.isEmpty() ? List.of(InetAddress.getLoopbackAddress()) : servers);
    }

    private static Optional<InetAddress> server(String line) {
        String[] words = line.strip().split("[ \t]+", -1);
        if (words.length < 2 || !words[0].equals(SERVER)) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(words[1]));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Whether a container with nothing but an IPv4 address of its own reaches a server. */
    private static boolean reachable(InetAddress server) {
        return server instanceof Inet4Address && !server.isLoopbackAddress() && !server.isAnyLocalAddress();
    }

    /** The servers that a container does not reach by itself. */
    List<InetAddress> hidden() {
        return servers.stream().filter(server -> !reachable(server)).toList();
    }

    /** The file with one server in the place of those that a container does not reach. */
    String withHiddenBehind(String server) {
        var lines = new ArrayList<String>();
        boolean named = false;
        for (String line : text.lines().toList()) {
            boolean names = line.strip().startsWith(SERVER);
            if (!names || server(line).filter(ResolvConf::reachable).isPresent()) {
                lines.add(line);
            } else if (!named) {
                lines.add(SERVER + " " + server);
                named = true;
            }
        }
        if (!named) {
            lines.add(SERVER + " " + server);
        }
        return String.join("\n", lines) + "\n";
    }
}
