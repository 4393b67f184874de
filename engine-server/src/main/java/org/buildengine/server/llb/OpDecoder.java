package org.buildengine.server.llb;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.registry.Platform;
import org.buildengine.session.wire.pb.MergeInput;
import org.buildengine.session.wire.pb.Op;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.DiffOp;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;

/** Turns one operation into vertices, whichever kind it is. Used by one thread, for one definition. */
final class OpDecoder {
    /** What a build reads: the name of the input, and the attribute that says where in it. */
    private static final String DEFINITION = BuildOp.DEFINITION;

    private static final String FILENAME = "llbbuild.filename";

    private final SourceDecoder sources;
    private final Platform usual;
    private final int nesting;

    OpDecoder(SourceDecoder sources, Platform usual, int nesting) {
        this.sources = sources;
        this.usual = usual;
        this.nesting = nesting;
    }

    /**
     * Decodes {@code op}.
     *
     * @param fresh whether earlier results will not do
     * @return its outputs, by the numbers by which other operations name them
     * @throws ApiException if it cannot be carried out exactly
     */
    Map<Long, InputRef> decode(Op op, Inputs inputs, boolean fresh) throws ApiException, InterruptedException {
        Refusals.refuse(
                op.getConstraints().getFilterCount() > 0,
                "a constraint of workers",
                "leave it out; this engine is the only worker");
        Reuse reuse = fresh ? Reuse.FRESH : Reuse.ANY;
        return switch (op.getOpCase()) {
            case EXEC -> ExecDecoder.decode(op, inputs, platform(op).toString(), reuse);
            case SOURCE -> only(source(op, inputs), List.of(), reuse);
            case FILE -> new FileDecoder(op.getFile(), inputs, reuse).decode();
            case MERGE -> only(new MergeOp(), merged(op, inputs), reuse);
            case DIFF -> only(DiffOp.CHANGES, compared(op, inputs), reuse);
            case BUILD -> Map.of(0L, build(op, inputs));
            case PASSTHROUGH ->
                throw Refusals.unsupported("an operation that passes its inputs on (passthrough)", "use the inputs");
            case OP_NOT_SET ->
                throw Refusals.unsupported(
                        "an operation of no kind that this engine knows",
                        "it does exec, source, file, merge, diff and build");
        };
    }

    private static Map<Long, InputRef> only(org.buildengine.solver.op.Op op, List<InputRef> inputs, Reuse reuse) {
        return Map.of(0L, new Vertex(op, inputs, reuse).output(0));
    }

    private org.buildengine.solver.op.Op source(Op op, Inputs inputs) throws ApiException, InterruptedException {
        if (!inputs.trees().isEmpty()) {
            throw Refusals.invalid(
                    "a source has no inputs, but this has " + inputs.trees().size());
        }
        return sources.decode(op.getSource(), platform(op));
    }

    private Platform platform(Op op) throws ApiException {
        if (!op.hasPlatform()) {
            return usual;
        }
        var wanted = op.getPlatform();
        Refusals.refuse(
                !wanted.getOSVersion().isEmpty() || wanted.getOSFeaturesCount() > 0,
                "a version or a feature of an operating system",
                "name the platform by system, architecture and variant");
        String variant = wanted.getVariant().isEmpty() ? "" : "/" + wanted.getVariant();
        try {
            return Platform.parse(wanted.getOS() + "/" + wanted.getArchitecture() + variant);
        } catch (IllegalArgumentException e) {
            throw Refusals.invalid(String.valueOf(e.getMessage()));
        }
    }

    private static List<InputRef> merged(Op op, Inputs inputs) throws ApiException {
        var trees = new ArrayList<InputRef>();
        for (MergeInput input : op.getMerge().getInputsList()) {
            trees.add(inputs.at(input.getInput()));
        }
        if (trees.isEmpty()) {
            throw Refusals.invalid("it merges nothing");
        }
        return trees;
    }

    private static List<InputRef> compared(Op op, Inputs inputs) throws ApiException {
        var diff = op.getDiff();
        if (!diff.hasLower() || !diff.hasUpper()) {
            throw Refusals.invalid("a diff needs both a lower and an upper tree; an empty one has the input -1");
        }
        return List.of(
                inputs.at(diff.getLower().getInput()), inputs.at(diff.getUpper().getInput()));
    }

    private InputRef build(Op op, Inputs inputs) throws ApiException {
        var build = op.getBuild();
        Refusals.refuse(
                build.getBuilder() != Inputs.SCRATCH, "a builder of its own", "-1 stands for LLB, which is read");
        Refusals.refuse(
                build.hasDef(), "a definition within the operation", "write it into a file of the input " + DEFINITION);
        var given = build.getInputsMap().get(DEFINITION);
        if (given == null || build.getInputsCount() > 1) {
            throw Refusals.invalid("a build has one input, " + DEFINITION + "; this has "
                    + build.getInputsMap().keySet().stream()
                            .sorted()
                            .map(Refusals::shown)
                            .toList());
        }
        for (String name : build.getAttrsMap().keySet()) {
            Refusals.refuse(
                    !name.equals(FILENAME), "the attribute " + Refusals.shown(name), "a build takes only " + FILENAME);
        }
        String file = TreeText.path(build.getAttrsOrDefault(FILENAME, DEFINITION));
        return new BuildOp(file.substring(1), nesting)
                .over(inputs.at(given.getInput()))
                .output(0);
    }
}
