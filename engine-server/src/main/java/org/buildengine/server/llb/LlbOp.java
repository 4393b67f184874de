package org.buildengine.server.llb;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Locale;
import org.buildengine.server.core.ApiException;
import org.buildengine.session.wire.pb.Op;
import org.buildengine.session.wire.pb.Op.OpCase;
import org.buildengine.snapshotter.Digest;

/**
 * One operation of a definition.
 *
 * @param index its place in the definition
 * @param digest of its bytes, as inputs name it
 */
record LlbOp(int index, String digest, Op op) {
    static final int MOST_BYTES = 4 << 20;

    /** Of a digest as much as tells operations apart. */
    private static final int SHOWN_OF_DIGEST = "sha256:".length() + 12;

    static LlbOp parse(int index, ByteString bytes) throws ApiException {
        String digest = Digest.of(bytes.toByteArray()).toString();
        var unread = new LlbOp(index, digest, Op.getDefaultInstance());
        if (bytes.size() > MOST_BYTES) {
            throw unread.refused(Refusals.tooLarge("it has " + bytes.size() + " bytes, more than " + MOST_BYTES));
        }
        try {
            return new LlbOp(index, digest, Op.parseFrom(bytes));
        } catch (InvalidProtocolBufferException e) {
            ApiException refusal = Refusals.invalid("it is no operation of LLB: " + e.getMessage());
            refusal.initCause(e);
            throw unread.refused(refusal);
        }
    }

    /** An error with the place that it is about. */
    ApiException refused(ApiException error) {
        return Refusals.at(this.toString(), error);
    }

    @Override
    public String toString() {
        String kind =
                op.getOpCase() == OpCase.OP_NOT_SET ? "" : op.getOpCase().name().toLowerCase(Locale.ROOT) + " ";
        return kind + "op " + index + " (" + digest.substring(0, SHOWN_OF_DIGEST) + ")";
    }
}
