package org.buildengine.server.network;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of IPv4 addresses.
 *
 * @param base its first address, as a number
 * @param prefix how many bits all of its addresses share
 */
public record Ipv4Subnet(int base, int prefix) {
    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,3})\\.([0-9]{1,3})\\.([0-9]{1,3})\\.([0-9]{1,3})/([0-9]{1,2})");

    public Ipv4Subnet {
        if (prefix < 0 || prefix > 32 || (base & ~mask(prefix)) != 0) {
            throw new IllegalArgumentException("no subnet: " + text(base) + "/" + prefix);
        }
    }

    /**
     * Reads {@code 10.1.0.0/16}.
     *
     * @throws IllegalArgumentException if it is none; the message says why
     */
    public static Ipv4Subnet parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is no IPv4 subnet: write it like 10.201.0.0/20");
        }
        int base = 0;
        for (int i = 1; i <= 4; i++) {
            int part = Integer.parseInt(form.group(i));
            if (part > 255) {
                throw new IllegalArgumentException("\"" + text + "\" is no IPv4 subnet: " + part + " is above 255");
            }
            base = base << 8 | part;
        }
        int prefix = Integer.parseInt(form.group(5));
        if (prefix > 32) {
            throw new IllegalArgumentException("\"" + text + "\" is no IPv4 subnet: " + prefix + " is above 32");
        }
        if ((base & ~mask(prefix)) != 0) {
            throw new IllegalArgumentException("\"" + text + "\" is no IPv4 subnet: it begins at "
                    + text(base & mask(prefix)) + ", write " + text(base & mask(prefix)) + "/" + prefix);
        }
        return new Ipv4Subnet(base, prefix);
    }

    /** The subnet of this size around an address. */
    static Ipv4Subnet around(int address, int prefix) {
        return new Ipv4Subnet(address & mask(prefix), prefix);
    }

    private static int mask(int prefix) {
        return prefix == 0 ? 0 : -1 << (32 - prefix);
    }

    int mask() {
        return mask(prefix);
    }

    /** How many addresses there are, with those of the network and of the broadcast. */
    long size() {
        return 1L << (32 - prefix);
    }

    boolean overlaps(Ipv4Subnet other) {
        int common = mask(Math.min(prefix, other.prefix));
        return (base & common) == (other.base & common);
    }

    /** The address at a place, counted from 0. */
    int address(int place) {
        return base + place;
    }

    /** An address in the order of the network. */
    static byte[] bytes(int address) {
        return ByteBuffer.allocate(4).putInt(address).array();
    }

    static Inet4Address inet(int address) {
        try {
            return (Inet4Address) InetAddress.getByAddress(bytes(address));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    /** An address as people write it. */
    static String text(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
    }

    @Override
    public String toString() {
        return text(base) + "/" + prefix;
    }
}
