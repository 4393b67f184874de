package org.buildengine.solver.evidence;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** Constants as bytes on disk: the first is 0. New constants are added at the end. */
@SuppressWarnings("EnumOrdinal") // the order of the constants that are written is part of the format
final class Codes {
    private Codes() {}

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
