package org.buildengine.server.llb;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.buildengine.server.core.ApiException;
import org.buildengine.session.wire.pb.Definition;
import org.buildengine.session.wire.pb.OpMetadata;

/**
 * The outermost message of a definition. It is read by hand, because what it says for people and for other engines (source maps,
 * names, capabilities) may be much, and as objects would be many times that.
 *
 * @param ops the bytes of each operation
 * @param fresh digests of the operations whose earlier results will not do
 * @param limited digests of the operations that are to have less of the machine than others
 */
record WireDefinition(List<ByteString> ops, Set<String> fresh, Set<String> limited) {
    /** What one message of BuildKit's protocol may have. */
    static final int MOST_BYTES = 16 << 20;

    static final int MOST_OPS = 100_000;

    private static final int DEF = delimited(Definition.DEF_FIELD_NUMBER);
    private static final int METADATA = delimited(Definition.METADATA_FIELD_NUMBER);
    private static final int MAP_KEY = delimited(1);
    private static final int MAP_VALUE = delimited(2);
    private static final int IGNORE_CACHE = OpMetadata.IGNORE_CACHE_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int LINUX_RESOURCES = delimited(OpMetadata.LINUX_RESOURCES_FIELD_NUMBER);

    private static int delimited(int field) {
        return field << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    }

    /**
     * Reads a definition.
     *
     * @throws ApiException if it is none, or too large
     */
    static WireDefinition read(byte[] bytes) throws ApiException {
        if (bytes.length > MOST_BYTES) {
            throw Refusals.tooLarge("the definition has " + bytes.length + " bytes, more than " + MOST_BYTES
                    + ": describe the work in several definitions");
        }
        var definition = new WireDefinition(new ArrayList<>(), new HashSet<>(), new HashSet<>());
        try {
            CodedInputStream in = CodedInputStream.newInstance(bytes);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (tag == DEF) {
                    definition.add(in.readBytes());
                } else if (tag == METADATA) {
                    definition.metadata(in);
                } else {
                    in.skipField(tag);
                }
            }
        } catch (IOException e) {
            ApiException refusal = Refusals.invalid("the file is no LLB definition: " + e.getMessage());
            refusal.initCause(e);
            throw refusal;
        }
        return definition;
    }

    private void add(ByteString op) throws ApiException {
        if (ops.size() == MOST_OPS) {
            throw Refusals.tooLarge("the definition has more than " + MOST_OPS
                    + " operations: describe the work in several definitions");
        }
        ops.add(op);
    }

    private void metadata(CodedInputStream in) throws IOException {
        String digest = "";
        boolean isFresh = false;
        boolean isLimited = false;
        int end = in.pushLimit(in.readRawVarint32());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == MAP_KEY) {
                digest = in.readStringRequireUtf8();
            } else if (tag == MAP_VALUE) {
                int endOfValue = in.pushLimit(in.readRawVarint32());
                for (int inner = in.readTag(); inner != 0; inner = in.readTag()) {
                    if (inner == IGNORE_CACHE) {
                        isFresh = in.readBool();
                    } else {
                        isLimited |= inner == LINUX_RESOURCES;
                        in.skipField(inner);
                    }
                }
                in.popLimit(endOfValue);
            } else {
                in.skipField(tag);
            }
        }
        in.popLimit(end);
        if (isFresh) {
            fresh.add(digest);
        }
        if (isLimited) {
            limited.add(digest);
        }
    }
}
