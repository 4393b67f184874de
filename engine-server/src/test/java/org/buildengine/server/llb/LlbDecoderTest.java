package org.buildengine.server.llb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.buildengine.server.llb.Definitions.decoded;
import static org.buildengine.server.llb.Definitions.exec;
import static org.buildengine.server.llb.Definitions.file;
import static org.buildengine.server.llb.Definitions.image;
import static org.buildengine.server.llb.Definitions.output;

import com.google.protobuf.UnknownFieldSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.buildengine.server.core.FileEdits;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.session.wire.pb.BuildInput;
import org.buildengine.session.wire.pb.Definition;
import org.buildengine.session.wire.pb.DiffOp;
import org.buildengine.session.wire.pb.Input;
import org.buildengine.session.wire.pb.LinuxResources;
import org.buildengine.session.wire.pb.LowerDiffInput;
import org.buildengine.session.wire.pb.MergeInput;
import org.buildengine.session.wire.pb.MergeOp;
import org.buildengine.session.wire.pb.Op;
import org.buildengine.session.wire.pb.OpMetadata;
import org.buildengine.session.wire.pb.PassthroughOp;
import org.buildengine.session.wire.pb.Platform;
import org.buildengine.session.wire.pb.UpperDiffInput;
import org.buildengine.session.wire.pb.WorkerConstraints;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

class LlbDecoderTest {
    private final Definitions definition = new Definitions();

    private static InputRef alone(Op.Builder op) throws Exception {
        var definition = new Definitions();
        return decoded(definition.ending(definition.add(op)));
    }

    private static Op.Builder merge(long... inputs) {
        var merge = MergeOp.newBuilder();
        for (long input : inputs) {
            merge.addInputs(MergeInput.newBuilder().setInput(input));
        }
        return Op.newBuilder().setMerge(merge);
    }

    private static DiffOp.Builder diff(long lower, long upper) {
        return DiffOp.newBuilder()
                .setLower(LowerDiffInput.newBuilder().setInput(lower))
                .setUpper(UpperDiffInput.newBuilder().setInput(upper));
    }

    private static org.buildengine.session.wire.pb.BuildOp.Builder build() {
        return org.buildengine.session.wire.pb.BuildOp.newBuilder()
                .setBuilder(-1)
                .putInputs("buildkit.llb.definition", BuildInput.getDefaultInstance());
    }

    private Op.Builder over(Input input, org.buildengine.session.wire.pb.BuildOp.Builder build) {
        return Op.newBuilder().addInputs(input).setBuild(build);
    }

    @Test
    void operationsMayComeInAnyOrderAndTwice() throws Exception {
        Input base = definition.add(file("/a", "x"));
        Input run = definition.add(exec(base, "true"));
        definition.add(exec(base, "true"));
        InputRef inOrder = decoded(definition.ending(run));

        var turned = new Definitions();
        turned.add(exec(base, "true"));
        turned.add(file("/a", "x"));

        assertThat(decoded(turned.ending(run))).isEqualTo(inOrder);
    }

    /** The first of the corpus of {@link LlbFuzzTest}, which no class of ours wrote. */
    @Test
    void everyKindOfOperationIsDecoded() throws Exception {
        try (var corpus =
                LlbDecoderTest.class.getResourceAsStream("LlbFuzzTestInputs/anyFileIsDecodedOrRefused/every-kind")) {
            Vertex vertex =
                    decoded(Objects.requireNonNull(corpus).readAllBytes()).vertex();

            assertThat(vertex.op()).isEqualTo(new BuildOp("x", 1));
            assertThat(vertex.inputs().getFirst().vertex().op()).isEqualTo(org.buildengine.solver.op.DiffOp.CHANGES);
        }
    }

    @Test
    void whatTheResultDoesNotNeedIsNotDecoded() throws Exception {
        definition.add(image("registry.example/gone"));

        assertThat(decoded(definition.ending(definition.add(file("/a", "x"))))).isEqualTo(alone(file("/a", "x")));
    }

    @Test
    void treesAreMergedInOrder() throws Exception {
        Input one = definition.add(file("/a", "x"));
        Input other = definition.add(file("/b", "x"));
        Input merged = definition.add(merge(1, 0, -1).addInputs(one).addInputs(other));

        Vertex vertex = decoded(definition.ending(merged)).vertex();

        assertThat(vertex.op()).isEqualTo(new org.buildengine.solver.op.MergeOp());
        assertThat(vertex.inputs()).containsExactly(alone(file("/b", "x")), alone(file("/a", "x")), FileEdits.EMPTY);
    }

    @Test
    void aDifferenceHidesWhatIsGone() throws Exception {
        Input upper = definition.add(file("/a", "x"));
        Input changes = definition.add(Op.newBuilder().addInputs(upper).setDiff(diff(-1, 0)));

        Vertex vertex = decoded(definition.ending(changes)).vertex();

        assertThat(vertex.op()).isEqualTo(org.buildengine.solver.op.DiffOp.CHANGES);
        assertThat(vertex.inputs()).containsExactly(FileEdits.EMPTY, alone(file("/a", "x")));
    }

    @Test
    void aBuildIsOneMoreDefinitionDeep() throws Exception {
        Input tree = definition.add(file("/a", "x"));
        Input usual = definition.add(over(tree, build()));
        Input named = definition.add(over(usual, build().putAttrs("llbbuild.filename", "/sub/../other")));

        Vertex vertex = decoded(definition.ending(named)).vertex();

        assertThat(vertex)
                .isEqualTo(new BuildOp("other", 1).over(vertex.inputs().getFirst()));
        assertThat(vertex.inputs().getFirst())
                .isEqualTo(new BuildOp("buildkit.llb.definition", 1)
                        .over(alone(file("/a", "x")))
                        .output(0));
    }

    @Test
    void whatIsNotToBeTakenFromTheCacheIsDoneForEachJob() throws Exception {
        Input base = definition.add(file("/a", "x"));
        Input run = definition.add(exec(base, "true"));
        Digest recipeWithoutPolicy = decoded(definition.ending(run)).vertex().recipe();
        definition.with(run, OpMetadata.newBuilder().setIgnoreCache(true).build());

        Vertex vertex = decoded(definition.ending(run)).vertex();

        assertThat(vertex.reuse()).isEqualTo(Reuse.FRESH);
        assertThat(vertex.inputs().getFirst().vertex().reuse()).isEqualTo(Reuse.ANY);
        assertThat(vertex.recipe()).isEqualTo(recipeWithoutPolicy);
    }

    @Test
    void anOperationOfNoKindIsRefused() {
        Refused.unsupported(
                Op.newBuilder().setPlatform(Platform.newBuilder().setOS("linux")),
                "an operation of no kind that this engine knows",
                "it does exec, source, file, merge, diff and build");
        Refused.unsupported(
                Op.newBuilder().setPassthrough(PassthroughOp.newBuilder().setId("p")),
                "an operation that passes its inputs on (passthrough)",
                "use the inputs");
    }

    @Test
    void whatIsNotKnownIsNotPassedOver() {
        var unknown = UnknownFieldSet.newBuilder()
                .addField(40, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                .build();
        String instead = "this engine does not know it; use a client of the time of this engine, or do without";

        Refused.unsupported(merge(-1).setUnknownFields(unknown), "field 40 of Op", instead);
        Refused.unsupported(
                Op.newBuilder()
                        .setMerge(MergeOp.newBuilder()
                                .addInputs(MergeInput.newBuilder().setInput(-1).setUnknownFields(unknown))),
                "field 40 of MergeInput",
                instead);
    }

    @Test
    void placesToRunCannotBeChosen() {
        Refused.unsupported(
                merge(-1).setConstraints(WorkerConstraints.newBuilder().addFilter("label==x")),
                "a constraint of workers",
                "leave it out; this engine is the only worker");

        Input merged = definition.add(merge(-1));
        definition.with(
                merged,
                OpMetadata.newBuilder()
                        .setLinuxResources(LinuxResources.newBuilder().setMemory(1))
                        .build());
        Refused.bytes(
                definition.ending(merged),
                "UNSUPPORTED",
                "merge op 0 (" + merged.getDigest().substring(0, 19)
                        + "): a limit of memory or processors (linux_resources) is not supported in a definition:"
                        + " leave it out; the engine divides the machine among the steps");
    }

    @Test
    void inputsHaveToBeThere() {
        Refused.invalid(merge(0), "it refers to its input 0, but has 0 inputs, counted from 0");
        Refused.invalid(merge(-2), "it refers to its input -2, but has 0 inputs, counted from 0");
        Input one = definition.add(merge(-1));
        Refused.op(
                definition,
                merge(1).addInputs(one),
                "INVALID_ARGUMENT",
                "it refers to its input 1, but has one, number 0");
        Refused.invalid(
                merge(-1).addInputs(Input.newBuilder().setDigest("sha256:" + "0".repeat(300))),
                "its input \"sha256:" + "0".repeat(92) + "…\" is no operation of the definition");
        Refused.op(
                definition,
                merge(0).addInputs(output(one, 3)),
                "INVALID_ARGUMENT",
                "its input is output 3 of the merge op 0 (" + one.getDigest().substring(0, 19)
                        + "), which has these: [0]");
        Refused.op(
                definition,
                merge(0).addInputs(output(one, -1)),
                "INVALID_ARGUMENT",
                "its input is output -1 of the merge op 0 (" + one.getDigest().substring(0, 19)
                        + "), which has these: [0]");
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        Refused.invalid(merge(), "it merges nothing");
        String both = "a diff needs both a lower and an upper tree; an empty one has the input -1";
        Refused.invalid(Op.newBuilder().setDiff(diff(-1, -1).clearUpper()), both);
        Refused.invalid(Op.newBuilder().setDiff(diff(-1, -1).clearLower()), both);
    }

    @Test
    void buildsReadOneFileOfOneInput() {
        Input tree = definition.add(file("/a", "x"));
        List<Op.Builder> refused = List.of(
                over(tree, build().setBuilder(0)),
                over(tree, build().setDef(Definition.getDefaultInstance())),
                over(tree, build().putAttrs("x", "y")),
                over(tree, build().clearInputs()),
                over(tree, build().putInputs("more", BuildInput.getDefaultInstance())));
        List<String> texts = List.of(
                "a builder of its own is not supported in a definition: -1 stands for LLB, which is read",
                "a definition within the operation is not supported in a definition: write it into a file of the input"
                        + " buildkit.llb.definition",
                "the attribute \"x\" is not supported in a definition: a build takes only llbbuild.filename",
                "a build has one input, buildkit.llb.definition; this has []",
                "a build has one input, buildkit.llb.definition; this has [\"buildkit.llb.definition\", \"more\"]");
        List<String> codes =
                List.of("UNSUPPORTED", "UNSUPPORTED", "UNSUPPORTED", "INVALID_ARGUMENT", "INVALID_ARGUMENT");
        for (int i = 0; i < refused.size(); i++) {
            Refused.op(definition, refused.get(i), codes.get(i), texts.get(i));
        }
    }

    @Test
    void whoeverGivesTheDefinitionUpIsNotKeptWaiting() {
        var run = new FakeRun(new BuildOp("d", 0));
        run.cancel();
        byte[] bytes = definition.ending(definition.add(file("/a", "x")));

        assertThatThrownBy(() -> Definitions.decoder().decode(bytes, 1, run)).isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
    }
}
