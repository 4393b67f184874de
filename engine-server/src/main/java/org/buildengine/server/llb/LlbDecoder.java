package org.buildengine.server.llb;

import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.registry.Platform;
import org.buildengine.session.wire.pb.Input;
import org.buildengine.session.wire.pb.Op.OpCase;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.nested.GraphDecoder;
import org.buildengine.solver.op.InputRef;

/**
 * Decodes definitions of BuildKit's language. An operation is named by the digest of its bytes, so an input that is named is the
 * one that was meant, none can lead back to itself, and their order in the definition does not matter. Operations that the result
 * does not need are only looked at. Safe for use by several threads.
 */
public final class LlbDecoder implements GraphDecoder {
    private final ImageNames images;
    private final Platform platform;

    /**
     * A decoder.
     *
     * @param images resolves names of images
     * @param platform what operations run on that name no platform
     */
    public LlbDecoder(ImageNames images, Platform platform) {
        this.images = images;
        this.platform = platform;
    }

    @Override
    public InputRef decode(byte[] definition, int nesting, OpRunner.Run run) throws ApiException, InterruptedException {
        // registries may be slow
        run.onCancel(Thread.currentThread()::interrupt);
        WireDefinition wire = WireDefinition.read(definition);
        return new Decoding(wire, new OpDecoder(new SourceDecoder(images, run), platform, nesting), run).result();
    }

    /** One definition. Used once, by one thread. */
    private static final class Decoding {
        private final WireDefinition wire;
        private final OpDecoder decoder;
        private final OpRunner.Run run;
        private final Map<String, LlbOp> ops = new HashMap<>();
        private final Map<Input, Integer> uses = new HashMap<>();
        private final Map<String, Map<Long, InputRef>> decoded = new HashMap<>();

        Decoding(WireDefinition wire, OpDecoder decoder, OpRunner.Run run) {
            this.wire = wire;
            this.decoder = decoder;
            this.run = run;
        }

        InputRef result() throws ApiException, InterruptedException {
            LlbOp last = readOps();
            Input wanted = result(last);
            var open = new ArrayDeque<LlbOp>();
            open.push(named(last, wanted));
            while (!open.isEmpty()) {
                LlbOp op = open.peek();
                List<LlbOp> missing = decoded.containsKey(op.digest()) ? List.of() : missing(op);
                if (missing.isEmpty()) {
                    open.pop();
                    if (!decoded.containsKey(op.digest())) {
                        decoded.put(op.digest(), decode(op));
                    }
                } else {
                    missing.forEach(open::push);
                }
            }
            return output(last, wanted);
        }

        /** Reads all operations but the last one into the table, and gives that one back. */
        private LlbOp readOps() throws ApiException {
            if (wire.ops().size() < 2) {
                throw Refusals.invalid("the definition has " + wire.ops().size()
                        + " operations: it needs at least one, and a last one that names the result");
            }
            var survey = new OpSurvey();
            LlbOp last = null;
            for (ByteString bytes : wire.ops()) {
                if (last != null) {
                    ops.put(last.digest(), last);
                }
                last = read(bytes, last == null ? 0 : last.index() + 1, survey);
            }
            return Objects.requireNonNull(last);
        }

        private LlbOp read(ByteString bytes, int index, OpSurvey survey) throws ApiException {
            LlbOp op = LlbOp.parse(index, bytes);
            try {
                survey.take(op.op());
            } catch (ApiException e) {
                throw op.refused(e);
            }
            op.op().getInputsList().forEach(input -> uses.merge(input, 1, Integer::sum));
            return op;
        }

        private static Input result(LlbOp last) throws ApiException {
            if (last.op().getOpCase() != OpCase.OP_NOT_SET || last.op().getInputsCount() != 1) {
                throw last.refused(Refusals.invalid(
                        "the last operation has to be none, with the result as its one input; this has "
                                + last.op().getInputsCount() + " inputs"));
            }
            return last.op().getInputs(0);
        }

        private LlbOp named(LlbOp by, Input input) throws ApiException {
            LlbOp op = ops.get(input.getDigest());
            if (op == null) {
                throw by.refused(Refusals.invalid(
                        "its input " + Refusals.shown(input.getDigest()) + " is no operation of the definition"));
            }
            return op;
        }

        private List<LlbOp> missing(LlbOp op) throws ApiException {
            var missing = new ArrayList<LlbOp>();
            for (Input input : op.op().getInputsList()) {
                LlbOp named = named(op, input);
                if (!decoded.containsKey(named.digest())) {
                    missing.add(named);
                }
            }
            return missing;
        }

        private Map<Long, InputRef> decode(LlbOp op) throws ApiException, InterruptedException {
            if (run.cancelled()) {
                throw new CancellationException("nobody needs the definition any more");
            }
            var trees = new ArrayList<InputRef>();
            Set<Integer> shared = new HashSet<>();
            for (Input input : op.op().getInputsList()) {
                if (uses.getOrDefault(input, 0) > 1) {
                    shared.add(trees.size());
                }
                trees.add(output(op, input));
            }
            try {
                Refusals.refuse(
                        wire.limited().contains(op.digest()),
                        "a limit of memory or processors (linux_resources)",
                        "leave it out; the engine divides the machine among the steps");
                return decoder.decode(
                        op.op(), new Inputs(trees, shared), wire.fresh().contains(op.digest()));
            } catch (ApiException e) {
                throw op.refused(e);
            }
        }

        private InputRef output(LlbOp by, Input input) throws ApiException {
            LlbOp op = named(by, input);
            Map<Long, InputRef> outputs = decoded.getOrDefault(op.digest(), Map.of());
            InputRef output = outputs.get(input.getIndex());
            if (output == null) {
                throw by.refused(Refusals.invalid("its input is output " + input.getIndex() + " of the " + op
                        + ", which has "
                        + (outputs.isEmpty()
                                ? "no output"
                                : "these: " + outputs.keySet().stream().sorted().toList())));
            }
            return output;
        }
    }
}
