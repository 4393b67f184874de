package org.buildengine.session.hostfiles;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Memory that the kernel may read and write; it lives as long as this object. */
final class NativeBuffer {
    private final ByteBuffer bytes;
    private final long address;

    /** Of this many bytes. */
    NativeBuffer(int length) {
        bytes = ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
        address = MemorySegment.ofBuffer(bytes).address();
    }

    /** The bytes, numbers in the order of this machine. */
    ByteBuffer bytes() {
        return bytes;
    }

    /** Where it begins. */
    long address() {
        return address;
    }
}
