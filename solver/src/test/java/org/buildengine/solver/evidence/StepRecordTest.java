package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.TreeMounts;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

class StepRecordTest {
    private static final Vertex STEP = EvidenceSite.command("make");
    private static final StepRecord CANCELLED = StepRecord.of(STEP, "one", Instant.ofEpochSecond(5))
            .unfinished(Outcome.CANCELLED, Optional.of(Cancellation.CLIENT_LEFT), "one", Instant.ofEpochSecond(6));

    @Test
    void causeIsKeptOfAStepThatWasCancelled() throws Exception {
        assertThat(StepRecord.decode(STEP.recipe(), CANCELLED.encode())).isEqualTo(CANCELLED);
    }

    @Test
    void rowOfAnOlderEngineHasNoCause() throws Exception {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeByte(1);
        out.writeUTF("exec");
        out.writeUTF("exec make");
        out.writeShort(0);
        out.writeShort(0);
        out.writeLong(0);
        out.writeUTF("one");
        out.writeLong(5);
        out.writeByte(Codes.of(Outcome.CANCELLED));
        StepRecord read = StepRecord.decode(STEP.recipe(), bytes.toByteArray());
        assertThat(read.outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(read.cause()).isEmpty();
    }

    @Test
    void rowHoldsAnyNumberOfFieldsInputsAndOutputs() throws Exception {
        for (int many : List.of(1, 65_534, 65_535, 65_536, 70_000)) {
            List<Field> fields = IntStream.range(0, many)
                    .mapToObj(i -> Field.open(Field.Group.ENVIRONMENT, "V" + i, ""))
                    .toList();
            List<StepRecord.Input> inputs = IntStream.range(0, many)
                    .mapToObj(i -> new StepRecord.Input(STEP.recipe(), i, Optional.empty(), i))
                    .toList();
            var step = new StepRecord(
                    STEP.recipe(),
                    "exec",
                    "exec make",
                    fields,
                    inputs,
                    TreeMounts.NONE,
                    7,
                    "one",
                    Instant.ofEpochSecond(5),
                    Outcome.SUCCEEDED,
                    Optional.empty(),
                    Optional.empty());
            assertThat(StepRecord.decode(STEP.recipe(), step.encode())).isEqualTo(step);
        }
    }

    @Test
    void rowOfAnOlderEngineHasPlainCounts() throws Exception {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeByte(2);
        out.writeUTF("tree");
        out.writeUTF("upload app");
        out.writeShort(0xffff);
        for (int i = 0; i < 0xffff; i++) {
            out.write(new byte[] {0, 0, 0, 0, 0});
            out.writeLong(i);
        }
        out.writeShort(0);
        out.writeLong(7);
        out.writeUTF("one");
        out.writeLong(5);
        out.writeByte(1);
        StepRecord read = StepRecord.decode(STEP.recipe(), bytes.toByteArray());
        assertThat(read.fields()).hasSize(0xffff);
        assertThat(read.outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(read.files()).isEmpty();
    }

    @Test
    void rowOfAnOlderEngineHasPrintsOfAllValuesAndIsNotCompressed() throws Exception {
        Field user = Field.open(Field.Group.SETTING, "user", "root");
        Field token = Field.closed(Field.Group.ENVIRONMENT, "TOKEN", Digest.of("secret"));
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeByte(3);
        out.writeUTF("exec");
        out.writeUTF("exec make");
        out.writeShort(2);
        out.writeByte(2);
        out.writeUTF("user");
        out.writeUTF("root");
        out.writeLong(0x4813494d137e1631L);
        out.writeByte(1);
        out.writeUTF("TOKEN");
        out.writeUTF("");
        out.writeLong(token.print());
        out.writeShort(0);
        out.writeLong(7);
        out.writeUTF("one");
        out.writeLong(5);
        out.writeByte(1);
        StepRecord read = StepRecord.decode(STEP.recipe(), bytes.toByteArray());
        assertThat(read.fields()).containsExactly(user, token);
        assertThat(read.fields().getFirst().hasValueOf(user)).isTrue();
    }

    @Test
    void rowThatIsDamagedIsRefused() {
        byte[] garbled = CANCELLED.encode();
        Arrays.fill(garbled, 5, garbled.length, (byte) 0xff);
        assertThatThrownBy(() -> StepRecord.decode(STEP.recipe(), garbled))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("a row cannot be read: ");
        assertThatThrownBy(() -> StepRecord.decode(STEP.recipe(), Arrays.copyOf(CANCELLED.encode(), 9)))
                .isInstanceOf(IOException.class)
                .hasMessageMatching("a row has \\d+ bytes of content instead of \\d+");
        byte[] endless = CANCELLED.encode();
        endless[1] = 0x7f;
        assertThatThrownBy(() -> StepRecord.decode(STEP.recipe(), endless))
                .isInstanceOf(IOException.class)
                .hasMessageMatching("a row of \\d+ bytes cannot have \\d+ bytes of content");
        assertThatThrownBy(() -> StepRecord.decode(STEP.recipe(), new byte[] {4, 0}))
                .isInstanceOf(IOException.class)
                .hasMessage("a row of 2 bytes cannot have -1 bytes of content");
        assertThatThrownBy(() -> StepRecord.decode(STEP.recipe(), new byte[0]))
                .hasMessage("what is known of a step has version 0");
    }

    @Test
    void rowSaysWhereACommandSeesItsInputs() throws Exception {
        List<ExecMount> mounts = List.of(
                new ExecMount.Tree("/src", 1, "web", Optional.of(1)),
                new ExecMount.Temp("/tmp", 0),
                new ExecMount.Tree("/" + "x".repeat(70_000), 2, "", Optional.empty()));
        var step = new Vertex(ExecOps.of(List.of("make"), List.of(), mounts), List.of());
        StepRecord record = StepRecord.of(step, "one", Instant.ofEpochSecond(5));
        assertThat(record.mounts().mounts())
                .containsExactly(
                        new TreeMounts.Mount("/src", 1, "web"), new TreeMounts.Mount("/" + "x".repeat(70_000), 2, ""));
        assertThat(StepRecord.decode(step.recipe(), record.encode())).isEqualTo(record);
        byte[] content = CompressedRow.read(record.encode());
        byte[] older = CompressedRow.of((byte) 4, content);
        assertThat(StepRecord.decode(step.recipe(), older).mounts()).isEqualTo(TreeMounts.NONE);
    }

    @Test
    void rowOfANewerEngineIsRefused() {
        assertThatThrownBy(() -> StepRecord.decode(STEP.recipe(), new byte[] {6}))
                .isInstanceOf(IOException.class)
                .hasMessage("what is known of a step has version 6");
    }
}
