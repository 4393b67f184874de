package org.buildengine.server.network;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.buildengine.snapshotter.linux.Errno;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.NetlinkSocket;

/**
 * Packet filters of the kernel (nf_tables), in a table of our own. Where a filter of the host drops whatever it does not
 * know, two rules that let the bridge through are put before its own, marked as ours. All of it is in the kernel's memory;
 * no file of the host is changed. The numbers are those of the kernel's {@code nf_tables.h}. It works on the network namespace of the thread that opened it.
 * For one platform thread at a time.
 */
final class Firewall implements Closeable {
    private static final int SUBSYSTEM = 10;
    private static final int BATCH_BEGIN = 0x10;
    private static final int BATCH_END = 0x11;
    private static final int NEW_TABLE = SUBSYSTEM << 8;
    private static final int DELETE_TABLE = NEW_TABLE | 2;
    private static final int NEW_CHAIN = NEW_TABLE | 3;
    private static final int GET_CHAIN = NEW_TABLE | 4;
    private static final int NEW_RULE = NEW_TABLE | 6;
    private static final int GET_RULE = NEW_TABLE | 7;
    private static final int DELETE_RULE = NEW_TABLE | 8;

    private static final int FAMILY_ANY = 0;
    private static final int FAMILY_INET = 1;
    private static final int FAMILY_IPV4 = 2;
    private static final int FIXED = 4;

    private static final int TABLE_NAME = 1;
    private static final int CHAIN_TABLE = 1;
    private static final int CHAIN_NAME = 3;
    private static final int CHAIN_HOOK = 4;
    private static final int CHAIN_POLICY = 5;
    private static final int CHAIN_TYPE = 7;
    private static final int HOOK_NUMBER = 1;
    private static final int HOOK_PRIORITY = 2;
    private static final int HOOK_FORWARD = 2;
    private static final int HOOK_POSTROUTING = 4;
    private static final int PRIORITY_SOURCE_NAT = 100;
    private static final int PRIORITY_FILTER = 0;
    private static final int DROP = 0;
    private static final int ACCEPT = 1;

    private static final int RULE_TABLE = 1;
    private static final int RULE_CHAIN = 2;
    private static final int RULE_HANDLE = 3;
    private static final int RULE_EXPRESSIONS = 4;
    private static final int RULE_USER_DATA = 7;
    /** The type of a comment in the user data that the tools of nf_tables write. */
    private static final byte COMMENT = 0;

    private static final int LIST_ELEMENT = 1;
    private static final int EXPRESSION_NAME = 1;
    private static final int EXPRESSION_DATA = 2;
    private static final int DATA_VALUE = 1;
    private static final int DATA_VERDICT = 2;
    private static final int VERDICT_CODE = 1;

    private static final int REGISTER = 1;
    private static final int VERDICT_REGISTER = 0;
    private static final int EQUAL = 0;
    private static final int NOT_EQUAL = 1;
    private static final int META_IN_NAME = 6;
    private static final int META_OUT_NAME = 7;
    private static final int NETWORK_HEADER = 1;
    private static final int SOURCE_ADDRESS_OFFSET = 12;
    private static final int CONNECTION_STATE = 0;
    /** Bits of the states "established" and "related". */
    private static final int ANSWER = 2 | 4;

    private final NetlinkConnection connection;

    private Firewall(NetlinkConnection connection) {
        this.connection = connection;
    }

    static Firewall open() throws LinuxException {
        return new Firewall(NetlinkConnection.open(NetlinkSocket.NETFILTER));
    }

    /**
     * A chain of somebody's table.
     *
     * @param family number of its protocol family
     */
    record Chain(int family, String table, String name) {}

    /**
     * Adds a table for a bridge. What leaves the subnet by another link gets the host's address; from outside comes in
     * only what answers.
     */
    void add(String table, Ipv4Subnet subnet, String bridge) throws IOException {
        NetlinkRequest request = begin();
        add(request, "add the table " + table, NEW_TABLE).attribute(TABLE_NAME, table);
        chain(request, table, "postrouting", "nat", HOOK_POSTROUTING, PRIORITY_SOURCE_NAT);
        rule(request, table, "postrouting", () -> {
            sourceIn(request, subnet);
            linkName(request, META_OUT_NAME, NOT_EQUAL, bridge);
            expression(request, "masq", () -> {});
        });
        chain(request, table, "forward", "filter", HOOK_FORWARD, PRIORITY_FILTER);
        rule(request, table, "forward", () -> {
            linkName(request, META_OUT_NAME, EQUAL, bridge);
            linkName(request, META_IN_NAME, NOT_EQUAL, bridge);
            noAnswer(request);
            verdict(request, DROP);
        });
        connection.exchange(end(request));
    }

    /**
     * Lets a bridge through where the host's own filters would drop what is forwarded. What may come in is still held by
     * the table of {@link #add}.
     *
     * @param mark what the rules are found by again
     * @return the chains that got rules
     */
    List<Chain> letThrough(String bridge, String mark) throws IOException {
        List<Chain> chains = refusals();
        for (Chain chain : chains) {
            NetlinkRequest request = begin();
            for (int direction : List.of(META_IN_NAME, META_OUT_NAME)) {
                header(
                                request.message(
                                        "let the bridge through " + chain.name(),
                                        NEW_RULE,
                                        NetlinkRequest.ACK | NetlinkRequest.CREATE),
                                chain.family(),
                                0)
                        .attribute(RULE_TABLE, chain.table())
                        .attribute(RULE_CHAIN, chain.name())
                        .nested(RULE_EXPRESSIONS, () -> {
                            linkName(request, direction, EQUAL, bridge);
                            verdict(request, ACCEPT);
                        })
                        .attribute(RULE_USER_DATA, comment(mark));
            }
            connection.exchange(end(request));
        }
        return chains;
    }

    private static byte[] comment(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(3 + bytes.length)
                .put(COMMENT)
                .put((byte) (bytes.length + 1))
                .put(bytes)
                .put((byte) 0)
                .array();
    }

    /** Removes the rules of {@link #letThrough}. */
    void takeBack(String mark) throws IOException {
        NetlinkRequest list = new NetlinkRequest().message("list rules", GET_RULE, NetlinkRequest.DUMP);
        header(list, FAMILY_ANY, 0);
        ByteBuffer comment = ByteBuffer.wrap(comment(mark));
        NetlinkRequest request = begin();
        for (NetlinkMessage message : connection.exchange(list)) {
            var rule = message.attributes(FIXED);
            if (comment.equals(rule.values().get(RULE_USER_DATA))) {
                header(
                                request.message("take a rule back", DELETE_RULE, NetlinkRequest.ACK),
                                message.payload().get(0),
                                0)
                        .attribute(RULE_TABLE, rule.text(RULE_TABLE).orElse(""))
                        .attribute(RULE_CHAIN, rule.text(RULE_CHAIN).orElse(""))
                        .attribute(RULE_HANDLE, rule.bytes(RULE_HANDLE));
            }
        }
        if (request.size() > 1) {
            connection.exchange(end(request));
        }
    }

    /** Deletes a table that may not be there. */
    void delete(String table) throws IOException {
        NetlinkRequest request = begin();
        header(request.message("delete the table " + table, DELETE_TABLE, NetlinkRequest.ACK), FAMILY_IPV4, 0)
                .attribute(TABLE_NAME, table);
        try {
            connection.exchange(end(request));
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    /** Where the host drops what it would forward. */
    private List<Chain> refusals() throws IOException {
        NetlinkRequest request = new NetlinkRequest().message("list chains", GET_CHAIN, NetlinkRequest.DUMP);
        header(request, FAMILY_ANY, 0);
        var refusals = new ArrayList<Chain>();
        for (NetlinkMessage message : connection.exchange(request)) {
            int family = message.payload().get(0);
            var chain = message.attributes(FIXED);
            boolean forwards = chain.nested(CHAIN_HOOK).bigEndian(HOOK_NUMBER).orElse(-1) == HOOK_FORWARD;
            boolean drops = chain.bigEndian(CHAIN_POLICY).orElse(-1) == DROP;
            if (forwards && drops && (family == FAMILY_INET || family == FAMILY_IPV4)) {
                refusals.add(new Chain(
                        family,
                        chain.text(CHAIN_TABLE).orElse(""),
                        chain.text(CHAIN_NAME).orElse("")));
            }
        }
        return refusals;
    }

    private static NetlinkRequest begin() {
        return header(new NetlinkRequest().message("begin a change of filters", BATCH_BEGIN, 0), FAMILY_ANY, SUBSYSTEM);
    }

    private static NetlinkRequest end(NetlinkRequest request) {
        return header(request.message("end a change of filters", BATCH_END, 0), FAMILY_ANY, SUBSYSTEM);
    }

    private static NetlinkRequest add(NetlinkRequest request, String purpose, int type) {
        int flags = NetlinkRequest.ACK | NetlinkRequest.CREATE | (type == NEW_RULE ? NetlinkRequest.APPEND : 0);
        return header(request.message(purpose, type, flags), FAMILY_IPV4, 0);
    }

    private static NetlinkRequest header(NetlinkRequest request, int family, int resource) {
        return request.u8(family).u8(0).u8(resource >>> 8).u8(resource);
    }

    private static void chain(NetlinkRequest request, String table, String name, String type, int hook, int priority) {
        add(request, "add the chain " + name, NEW_CHAIN)
                .attribute(CHAIN_TABLE, table)
                .attribute(CHAIN_NAME, name)
                .nested(CHAIN_HOOK, () -> request.bigEndian(HOOK_NUMBER, hook).bigEndian(HOOK_PRIORITY, priority))
                .attribute(CHAIN_TYPE, type);
    }

    private static void rule(NetlinkRequest request, String table, String chain, Runnable expressions) {
        add(request, "add the rule of " + chain, NEW_RULE)
                .attribute(RULE_TABLE, table)
                .attribute(RULE_CHAIN, chain)
                .nested(RULE_EXPRESSIONS, expressions);
    }

    private static void expression(NetlinkRequest request, String name, Runnable data) {
        request.nested(
                LIST_ELEMENT, () -> request.attribute(EXPRESSION_NAME, name).nested(EXPRESSION_DATA, data));
    }

    private static void sourceIn(NetlinkRequest request, Ipv4Subnet subnet) {
        expression(
                request,
                "payload",
                () -> request.bigEndian(1, REGISTER)
                        .bigEndian(2, NETWORK_HEADER)
                        .bigEndian(3, SOURCE_ADDRESS_OFFSET)
                        .bigEndian(4, 4));
        mask(request, Ipv4Subnet.bytes(subnet.mask()));
        compare(request, EQUAL, Ipv4Subnet.bytes(subnet.base()));
    }

    private static void linkName(NetlinkRequest request, int which, int comparison, String name) {
        expression(request, "meta", () -> request.bigEndian(1, REGISTER).bigEndian(2, which));
        // With the zero byte that ends it, so that no longer name is meant.
        compare(request, comparison, Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), name.length() + 1));
    }

    private static void noAnswer(NetlinkRequest request) {
        expression(request, "ct", () -> request.bigEndian(1, REGISTER).bigEndian(2, CONNECTION_STATE));
        mask(
                request,
                ByteBuffer.allocate(4)
                        .order(ByteOrder.nativeOrder())
                        .putInt(ANSWER)
                        .array());
        compare(request, EQUAL, new byte[4]);
    }

    private static void mask(NetlinkRequest request, byte[] mask) {
        expression(
                request,
                "bitwise",
                () -> request.bigEndian(1, REGISTER)
                        .bigEndian(2, REGISTER)
                        .bigEndian(3, mask.length)
                        .nested(4, () -> request.attribute(DATA_VALUE, mask))
                        .nested(5, () -> request.attribute(DATA_VALUE, new byte[mask.length])));
    }

    private static void compare(NetlinkRequest request, int comparison, byte[] value) {
        expression(
                request,
                "cmp",
                () -> request.bigEndian(1, REGISTER)
                        .bigEndian(2, comparison)
                        .nested(3, () -> request.attribute(DATA_VALUE, value)));
    }

    private static void verdict(NetlinkRequest request, int code) {
        expression(
                request,
                "immediate",
                () -> request.bigEndian(1, VERDICT_REGISTER)
                        .nested(2, () -> request.nested(DATA_VERDICT, () -> request.bigEndian(VERDICT_CODE, code))));
    }

    @Override
    public void close() {
        connection.close();
    }
}
