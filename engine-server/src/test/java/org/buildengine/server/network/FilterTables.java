package org.buildengine.server.network;

import java.io.IOException;
import java.util.List;
import org.buildengine.snapshotter.linux.NetlinkSocket;

/** Looks at the packet filters of the namespace of the calling thread, and adds one as a careful host has it. */
final class FilterTables {
    private static final int TABLES = 10 << 8;

    private FilterTables() {}

    /** The names of all chains as {@code TABLE/CHAIN}, once for each rule of theirs. */
    static List<String> rules() throws IOException {
        return list(TABLES | 7, 2);
    }

    /** The names of all chains as {@code TABLE/CHAIN}. */
    static List<String> chains() throws IOException {
        return list(TABLES | 4, 3);
    }

    private static List<String> list(int type, int chainAttribute) throws IOException {
        try (NetlinkConnection connection = NetlinkConnection.open(NetlinkSocket.NETFILTER)) {
            NetlinkRequest request = new NetlinkRequest()
                    .message("list", type, NetlinkRequest.DUMP)
                    .u32(0);
            return connection.exchange(request).stream()
                    .map(message -> message.attributes(4))
                    .map(found -> found.text(1).orElse("") + "/"
                            + found.text(chainAttribute).orElse(""))
                    .toList();
        }
    }

    /** Adds {@code strict/FORWARD}, which drops whatever no rule of its lets through. */
    static void addStrict() throws IOException {
        try (NetlinkConnection connection = NetlinkConnection.open(NetlinkSocket.NETFILTER)) {
            NetlinkRequest request = new NetlinkRequest();
            request.message("begin", 0x10, 0).u8(0).u8(0).u8(0).u8(10);
            int add = NetlinkRequest.ACK | NetlinkRequest.CREATE;
            request.message("table", TABLES, add).u8(2).u8(0).u16(0).attribute(1, "strict");
            request.message("chain", TABLES | 3, add)
                    .u8(2)
                    .u8(0)
                    .u16(0)
                    .attribute(1, "strict")
                    .attribute(3, "FORWARD")
                    .nested(4, () -> request.bigEndian(1, 2).bigEndian(2, 0))
                    .bigEndian(5, 0)
                    .attribute(7, "filter");
            request.message("end", 0x11, 0).u8(0).u8(0).u8(0).u8(10);
            connection.exchange(request);
        }
    }
}
