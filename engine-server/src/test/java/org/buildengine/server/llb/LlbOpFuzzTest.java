package org.buildengine.server.llb;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.InvalidProtocolBufferException;
import org.buildengine.session.wire.pb.Input;
import org.buildengine.session.wire.pb.Op;

/** Any operation, over a tree if it has inputs, as a definition: decoded or refused by our own error. */
class LlbOpFuzzTest {
    @FuzzTest
    void anyOperationIsDecodedOrRefused(byte[] bytes) throws Exception {
        Op.Builder op;
        try {
            op = Op.parseFrom(bytes).toBuilder();
        } catch (InvalidProtocolBufferException e) {
            return;
        }
        var definition = new Definitions();
        Input tree = definition.add(Definitions.file("/a", "x"));
        op.getInputsBuilderList().forEach(input -> input.mergeFrom(tree).setIndex(0));
        LlbFuzzTest.decode(definition.ending(definition.add(op)));
    }
}
