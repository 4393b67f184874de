package org.buildengine.server.network;

import java.io.IOException;
import java.util.List;

/**
 * How many sockets a network namespace has, as {@code /proc/net/sockstat} tells it.
 *
 * @param open sockets of every family
 * @param remembered connections of TCP that ended a short while ago
 */
record SocketCount(int open, int remembered) {
    /** Reads lines like {@code TCP: inuse 2 orphan 0 tw 1 alloc 5 mem 1}. */
    static SocketCount parse(String text) throws IOException {
        return new SocketCount(number(text, "sockets:", "used"), number(text, "TCP:", "tw"));
    }

    private static int number(String text, String line, String key) throws IOException {
        List<String> words = text.lines()
                .filter(found -> found.startsWith(line))
                .flatMap(found -> List.of(found.split(" ", -1)).stream())
                .toList();
        int place = words.indexOf(key);
        if (place < 0 || place + 1 >= words.size()) {
            throw new IOException("/proc/net/sockstat has no count \"" + key + "\" of " + line);
        }
        return Integer.parseInt(words.get(place + 1));
    }
}
