package org.buildengine.server.llb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.buildengine.server.llb.Definitions.decoded;
import static org.buildengine.server.llb.Definitions.edits;
import static org.buildengine.server.llb.Definitions.exec;
import static org.buildengine.server.llb.Definitions.file;
import static org.buildengine.server.llb.Definitions.mkfile;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.buildengine.server.core.ApiException;
import org.buildengine.session.wire.pb.Definition;
import org.buildengine.session.wire.pb.ExecOp;
import org.buildengine.session.wire.pb.Input;
import org.buildengine.session.wire.pb.Meta;
import org.buildengine.session.wire.pb.Mount;
import org.buildengine.session.wire.pb.Op;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Definitions that nobody writes by mistake. */
@Timeout(60)
class HostileDefinitionsTest {
    private final Definitions definition = new Definitions();

    private static String place(ByteString op) {
        return "(" + Digest.of(op.toByteArray()).toString().substring(0, 19) + ")";
    }

    @Test
    void whatIsNoMessageIsRefused() {
        Refused.bytes(
                new byte[] {(byte) 0x0a, 5, 1},
                "INVALID_ARGUMENT",
                "the file is no LLB definition: While parsing a protocol message, the input ended unexpectedly in the"
                        + " middle of a field.  This could mean either that the input has been truncated or that an"
                        + " embedded message misreported its own length.");
        var garbage = ByteString.copyFrom(new byte[] {(byte) 0x0f});
        Refused.bytes(
                Definition.newBuilder().addDef(garbage).addDef(garbage).build().toByteArray(),
                "INVALID_ARGUMENT",
                "op 0 " + place(garbage) + ": it is no operation of LLB: Protocol message tag had invalid wire type.");
    }

    @Test
    void everyTruncatedDefinitionIsRefusedOrOneOfFewerOperations() {
        Input base = definition.add(file("/a", "x"));
        byte[] whole = definition.ending(definition.add(exec(base, "true")));

        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> decoded(part)).as("%d bytes", length).isInstanceOf(ApiException.class);
        }
    }

    @Test
    void aDefinitionHasOperationsAndAnEnd() {
        String text = " operations: it needs at least one, and a last one that names the result";
        Refused.bytes(new byte[0], "INVALID_ARGUMENT", "the definition has 0" + text);
        Refused.bytes(definition.ending(Input.getDefaultInstance()), "INVALID_ARGUMENT", "the definition has 1" + text);
    }

    @Test
    void theEndNamesOneResultAndIsNone() {
        Input base = definition.add(file("/a", "x"));
        String text = ": the last operation has to be none, with the result as its one input; this has ";
        for (Op end : new Op[] {
            Op.newBuilder().addInputs(base).addInputs(base).build(),
            Op.getDefaultInstance(),
            exec(base, "true").build()
        }) {
            var bytes = Definition.newBuilder()
                    .addDef(file("/a", "x").build().toByteString())
                    .addDef(end.toByteString())
                    .build();
            assertThatThrownBy(() -> decoded(bytes.toByteArray()))
                    .hasMessageEndingWith(
                            "op 1 " + place(end.toByteString()) + text + end.getInputsCount() + " inputs");
        }
    }

    @Test
    void manyOperationsInARowAreRead() throws Exception {
        Input last = definition.add(file("/a", "x"));
        for (int i = 0; i < 10_000; i++) {
            last = definition.add(exec(last, "step", String.valueOf(i)));
        }

        Vertex vertex = decoded(definition.ending(last)).vertex();

        assertThat(vertex).hasToString("exec step 9999");
    }

    @Test
    void manyEditsInARowAreReadAndWhatTheyWriteIsNotHashedForEach() throws Exception {
        Input last = definition.add(file("/a", "x".repeat(1 << 20)));
        for (int i = 0; i < 5_000; i++) {
            definition.add(Op.newBuilder().addInputs(last).setFile(edits(mkfile(0, "/" + i, ""))));
        }
        Input chain = last;
        for (int i = 0; i < 5_000; i++) {
            chain = definition.add(Op.newBuilder().addInputs(chain).setFile(edits(mkfile(0, "/c" + i, ""))));
        }

        assertThat(decoded(definition.ending(chain)).vertex().op())
                .isInstanceOf(org.buildengine.solver.op.FileOp.class);
    }

    @Test
    void moreOperationsThanAnybodyNeedsAreRefused() {
        var many = Definition.newBuilder();
        for (int i = 0; i < 1_000_000; i++) {
            many.addDef(ByteString.EMPTY);
        }
        Refused.bytes(
                many.build().toByteArray(),
                "TOO_LARGE",
                "the definition has more than 100000 operations: describe the work in several definitions");
    }

    @Test
    void moreBytesThanAnybodyNeedsAreRefused() {
        Refused.bytes(
                new byte[(16 << 20) + 1],
                "TOO_LARGE",
                "the definition has 16777217 bytes, more than 16777216: describe the work in several definitions");
        Input large = definition.add(file("/a", "x".repeat(5 << 20)));
        Refused.bytes(
                definition.ending(large),
                "TOO_LARGE",
                "op 0 (" + large.getDigest().substring(0, 19) + "): it has 5242940 bytes, more than 4194304");
    }

    @Test
    void tinyPartsDoNotBecomeAHeapOfObjects() {
        var mounts = ExecOp.newBuilder().setMeta(Meta.getDefaultInstance());
        for (int i = 0; i < 1_000_000; i++) {
            mounts.addMounts(Mount.getDefaultInstance());
        }
        Refused.op(
                Op.newBuilder().setExec(mounts),
                "TOO_LARGE",
                "the operations up to this one have more than 1000000 parts: describe the work in several definitions");
    }

    @Test
    void nestingOfWhatIsNotReadIsNoProblem() throws Exception {
        byte[] plain = definition.ending(definition.add(file("/a", "x")));
        var out = new ByteArrayOutputStream();
        CodedOutputStream stream = CodedOutputStream.newInstance(out);
        for (int i = 0; i < 1_000_000; i++) {
            stream.writeTag(9, 3);
        }
        stream.flush();

        assertThatThrownBy(() -> decoded(out.toByteArray())).isInstanceOf(ApiException.class);
        out.reset();
        stream.writeByteArray(3, new byte[1 << 20]);
        stream.flush();
        out.write(plain);
        assertThat(decoded(out.toByteArray())).isEqualTo(decoded(plain));
    }

    @Test
    void enormousTextsAreShownByTheirBeginnings() {
        String text = "x".repeat(1 << 20);
        assertThatThrownBy(() -> decoded(definition.ending(definition.add(Definitions.image(text)))))
                .message()
                .hasSizeLessThan(2100);
        assertThatThrownBy(() -> decoded(definition.ending(definition.add(file(text, "")))))
                .message()
                .hasSizeLessThan(2100);
        assertThatThrownBy(() -> decoded(
                        definition.ending(Input.newBuilder().setDigest(text).build())))
                .message()
                .hasSizeLessThan(2100);
    }
}
