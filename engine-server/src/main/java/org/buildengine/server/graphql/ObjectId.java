package org.buildengine.server.graphql;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.buildengine.server.core.ApiException;
import org.buildengine.session.Beginning;

/**
 * The id of an object as clients carry it around: base64 of a protobuf message whose field 2 holds the number (field 1)
 * and the type (field 2: its name in field 1, that it cannot be null in field 3). Clients decode it, so the bytes are
 * part of the protocol. The other form that the protocol knows, a description of the whole call (field 1), is refused.
 *
 * @param number number in the engine's table of objects
 * @param type name of the GraphQL type
 */
record ObjectId(long number, String type) {
    private static final int RECIPE = 1;
    private static final int HANDLE = 2;

    /** As it is sent to clients. */
    String encode() {
        byte[] named = message(out -> {
            out.writeString(1, type);
            out.writeBool(3, true);
        });
        byte[] handle = message(out -> {
            out.writeUInt64(1, number);
            out.writeByteArray(2, named);
        });
        return Base64.getEncoder().encodeToString(message(out -> out.writeByteArray(HANDLE, handle)));
    }

    /** Reads what a client sent. */
    static ObjectId decode(String id) throws ApiException {
        try {
            CodedInputStream in =
                    CodedInputStream.newInstance(Base64.getDecoder().decode(id));
            ObjectId found = null;
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                int field = WireFormat.getTagFieldNumber(tag);
                if (field == HANDLE && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                    found = handle(in.readByteArray());
                } else if (field == RECIPE) {
                    throw invalid(
                            id, "it describes a call instead of naming an object; load the object in this engine");
                } else {
                    in.skipField(tag);
                }
            }
            if (found == null || found.number == 0 || found.type.isEmpty()) {
                throw invalid(id, "it names no object");
            }
            return found;
        } catch (IllegalArgumentException e) {
            throw invalid(id, "it is not base64");
        } catch (IOException e) {
            throw invalid(id, "its bytes are damaged");
        }
    }

    private static ObjectId handle(byte[] bytes) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(bytes);
        long number = 0;
        String type = "";
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            int wire = WireFormat.getTagWireType(tag);
            if (field == 1 && wire == WireFormat.WIRETYPE_VARINT) {
                number = in.readUInt64();
            } else if (field == 2 && wire == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                type = typeName(in.readByteArray());
            } else {
                in.skipField(tag);
            }
        }
        return new ObjectId(number, type);
    }

    private static String typeName(byte[] bytes) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(bytes);
        String name = "";
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) == 1
                    && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                name = new String(in.readByteArray(), StandardCharsets.UTF_8);
            } else {
                in.skipField(tag);
            }
        }
        return name;
    }

    private static ApiException invalid(String id, String why) {
        String shown = id.length() > 80 ? Beginning.of(id, 80) + "..." : id;
        return new ApiException("INVALID_ID", "invalid ID \"" + shown + "\": " + why);
    }

    /** Writes one message. */
    private interface Writer {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Writer writer) {
        var bytes = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            writer.write(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        }
        return bytes.toByteArray();
    }
}
