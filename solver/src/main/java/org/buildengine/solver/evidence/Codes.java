package org.buildengine.solver.evidence;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** Constants as bytes on disk: the first is 0. New constants are added at the end. And counts, which are mostly small. */
@SuppressWarnings("EnumOrdinal") // the order of the constants that are written is part of the format
final class Codes {
    /** What stands in two bytes for a count that needs more, which follows. */
    private static final int MORE = 0xffff;

    private Codes() {}

    /** Writes a count in two bytes if they are enough. */
    static void writeCount(int count, DataOutputStream out) throws IOException {
        if (count < MORE) {
            out.writeShort(count);
        } else {
            out.writeShort(MORE);
            out.writeInt(count);
        }
    }

    static int readCount(DataInputStream in) throws IOException {
        int count = in.readUnsignedShort();
        return count == MORE ? in.readInt() : count;
    }

    static byte of(Enum<?> constant) {
        return (byte) constant.ordinal();
    }

    static void write(Enum<?> constant, DataOutputStream out) throws IOException {
        out.writeByte(of(constant));
    }

    static <E extends Enum<E>> E read(E[] constants, DataInputStream in) throws IOException {
        int code = in.readUnsignedByte();
        if (code >= constants.length) {
            throw new IOException("no " + constants.getClass().componentType().getSimpleName() + " has code " + code);
        }
        return constants[code];
    }
}
