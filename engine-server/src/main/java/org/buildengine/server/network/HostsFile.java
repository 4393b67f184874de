package org.buildengine.server.network;

/** What stands in a container's {@code /etc/hosts}. */
final class HostsFile {
    private HostsFile() {}

    /** The names of loopback, and the container's own name at its address. */
    static String with(String address, String hostname) {
        String own = address.equals("127.0.0.1") ? " " + hostname + "\n" : "\n" + address + "\t" + hostname + "\n";
        return "127.0.0.1\tlocalhost" + own + "::1\tlocalhost ip6-localhost ip6-loopback\n";
    }
}
