package org.buildengine.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.session.wire.builds.LogSource;
import org.buildengine.session.wire.builds.Output;
import org.buildengine.session.wire.builds.RunBegan;
import org.buildengine.session.wire.builds.RunElsewhere;
import org.buildengine.session.wire.builds.RunEnded;

/** Everything that a log has, one object in each line. */
final class LogJson implements LogFormat {
    private static final JsonMapper JSON = new JsonMapper();

    private final OutputStream out;
    private final Map<Integer, RunBegan> runs = new HashMap<>();

    LogJson(OutputStream out) {
        this.out = out;
    }

    @Override
    public void take(LogPart part) throws IOException {
        ObjectNode node = JSON.createObjectNode();
        node.put("event", part.getPartCase().name().toLowerCase(Locale.ROOT));
        switch (part.getPartCase()) {
            case SOURCE -> put(node, part.getSource());
            case BEGAN -> {
                runs.put(part.getBegan().getRun(), part.getBegan());
                put(node, part.getBegan().getRun(), part.getBegan().getTime());
            }
            case OUTPUT -> put(node, part.getOutput());
            case LOST -> {
                put(node, part.getLost().getRun(), part.getLost().getTime());
                node.put("bytes", part.getLost().getBytes());
            }
            case ENDED -> put(node, part.getEnded());
            case ELSEWHERE -> put(node, part.getElsewhere());
            case NOTHING_RAN ->
                node.put("steps", part.getNothingRan().getSteps())
                        .put("lasts", part.getNothingRan().getLasts());
            case UNWRITTEN -> node.put("why", part.getUnwritten().getWhy());
            case CUT -> {
                if (part.getCut().getStepsCount() > 0) {
                    part.getCut().getStepsList().forEach(node.putArray("steps")::add);
                }
            }
            case PART_NOT_SET -> {}
        }
        out.write(JSON.writeValueAsBytes(node));
        out.write('\n');
    }

    private static void put(ObjectNode node, LogSource source) {
        node.put("kind", source.getKind().name())
                .put("build", source.getBuild().getId())
                .put("runBy", source.getRunBy());
    }

    private void put(ObjectNode node, int run, long time) {
        RunBegan began = runs.getOrDefault(run, RunBegan.getDefaultInstance());
        node.put("time", Instant.EPOCH.plusNanos(time).toString())
                .put("run", run)
                .put("step", began.getStep())
                .put("name", began.getName());
    }

    private void put(ObjectNode node, Output output) {
        put(node, output.getRun(), output.getTime());
        node.put("stream", output.getStream() == 2 ? "stderr" : "stdout");
        if (output.getData().isValidUtf8()) {
            node.put("text", output.getData().toStringUtf8());
        } else {
            node.put("base64", output.getData().toByteArray());
        }
    }

    private void put(ObjectNode node, RunEnded ended) {
        put(node, ended.getRun(), ended.getTime());
        node.put("outcome", ended.getOutcome().name()).put("tookNanos", ended.getTook());
    }

    private static void put(ObjectNode node, RunElsewhere elsewhere) {
        node.put("step", elsewhere.getStep()).put("name", elsewhere.getName()).put("build", elsewhere.getBuild());
    }
}
