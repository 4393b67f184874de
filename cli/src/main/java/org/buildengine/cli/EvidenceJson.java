package org.buildengine.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.buildengine.session.wire.builds.BuildInfo;
import org.buildengine.session.wire.builds.Divergence;
import org.buildengine.session.wire.builds.Explanation;
import org.buildengine.session.wire.builds.FileChange;
import org.buildengine.session.wire.builds.Joined;
import org.buildengine.session.wire.builds.Ran;
import org.buildengine.session.wire.builds.Reason;
import org.buildengine.session.wire.builds.Step;

/** Why steps ran, for programs. */
final class EvidenceJson {
    private static final JsonMapper JSON = new JsonMapper();

    private EvidenceJson() {}

    static String builds(List<BuildInfo> builds) throws IOException {
        ObjectNode all = JSON.createObjectNode();
        ArrayNode list = all.putArray("builds");
        builds.forEach(build -> put(list.addObject(), build));
        return print(all);
    }

    static String explanation(Explanation explanation) throws IOException {
        ObjectNode all = JSON.createObjectNode();
        put(all.putObject("build"), explanation.getBuild());
        ArrayNode steps = all.putArray("steps");
        explanation.getStepsList().forEach(step -> put(steps.addObject(), step));
        if (explanation.getFull()) {
            all.put("full", true);
        }
        return print(all);
    }

    static String divergences(List<Divergence> divergences) throws IOException {
        ObjectNode all = JSON.createObjectNode();
        ArrayNode list = all.putArray("divergences");
        for (Divergence divergence : divergences) {
            ObjectNode node = list.addObject();
            node.put("before", divergence.getBefore())
                    .put("after", divergence.getAfter())
                    .put("name", divergence.getName());
            put(node.putArray("reasons"), divergence.getReasonsList());
        }
        return print(all);
    }

    private static String print(ObjectNode node) throws IOException {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node);
    }

    private static void put(ObjectNode node, BuildInfo build) {
        node.put("id", build.getId())
                .put("started", Instant.ofEpochMilli(build.getStarted()).toString());
        if (build.getEnded() != 0) {
            node.put("ended", Instant.ofEpochMilli(build.getEnded()).toString());
        }
        if (build.getDied()) {
            node.put("died", true);
        }
    }

    private static void put(ObjectNode node, Step step) {
        node.put("number", step.getNumber())
                .put("recipe", "sha256:" + step.getRecipe())
                .put("kind", step.getKind())
                .put("name", step.getName());
        switch (step.getDecisionCase()) {
            case REMEMBERED -> {
                node.put("decision", "remembered")
                        .put("how", step.getRemembered().getHow().name())
                        .put("build", step.getRemembered().getBuild());
                putTime(node, "made", step.getRemembered().getMade());
            }
            case JOINED -> put(node, step.getJoined());
            case RAN -> put(node, step.getRan());
            case DECISION_NOT_SET -> node.put("decision", "unknown");
        }
    }

    private static void put(ObjectNode node, Joined joined) {
        node.put("decision", "joined");
        putEnd(node, joined.getOutcome(), joined.getTook(), joined.getCause(), joined.getSuccessor());
        node.put("build", joined.getBuild());
    }

    private static void put(ObjectNode node, Ran ran) {
        node.put("decision", "ran");
        putEnd(node, ran.getOutcome(), ran.getTook(), ran.getCause(), ran.getSuccessor());
        put(node.putArray("reasons"), ran.getReasonsList());
        if (!ran.getBuild().isEmpty()) {
            node.put("build", ran.getBuild());
            putTime(node, "seen", ran.getSeen());
        }
    }

    private static void putEnd(ObjectNode node, Ran.Outcome outcome, long took, Ran.Cause cause, String successor) {
        node.put("outcome", outcome.name())
                .put("tookMillis", Duration.ofNanos(took).toMillis());
        put(node, cause);
        if (!successor.isEmpty()) {
            node.put("successor", successor);
        }
    }

    private static void put(ObjectNode node, Ran.Cause cause) {
        if (cause != Ran.Cause.NONE) {
            node.put("cause", cause.name());
        }
    }

    private static void put(ArrayNode reasons, List<Reason> all) {
        for (Reason reason : all) {
            ObjectNode node =
                    reasons.addObject().put("reason", reason.getReasonCase().name());
            switch (reason.getReasonCase()) {
                case INPUT_CHANGED -> {
                    var change = reason.getInputChanged();
                    node.put("input", change.getInput());
                    put(node, change.getExtent(), change.getFilesList(), change.getMore());
                }
                case UPSTREAM_CHANGED -> {
                    var change = reason.getUpstreamChanged();
                    node.put("step", change.getStep()).put("name", change.getName());
                    put(node, change.getExtent(), change.getFilesList(), change.getMore());
                }
                case OPERATION_CHANGED -> {
                    var change = reason.getOperationChanged();
                    node.put("group", change.getGroup().name())
                            .put("name", change.getName())
                            .put("before", change.getBefore())
                            .put("after", change.getAfter());
                }
                case EVICTED -> {
                    var evicted = reason.getEvicted();
                    putTime(node, "at", evicted.getAt());
                    node.put("policy", evicted.getPolicy()).put("bytes", evicted.getBytes());
                }
                case UNFINISHED -> {
                    var unfinished = reason.getUnfinished();
                    node.put("outcome", unfinished.getOutcome().name()).put("build", unfinished.getBuild());
                    put(node, unfinished.getCause());
                }
                case EXPIRED -> {
                    putTime(node, "made", reason.getExpired().getMade());
                    node.put("ageMillis", reason.getExpired().getAge());
                }
                case FORBIDDEN ->
                    node.put("policy", reason.getForbidden().getPolicy().name());
                case NON_DETERMINISTIC -> {
                    var change = reason.getNonDeterministic();
                    node.put("step", change.getStep()).put("name", change.getName());
                    put(node, change.getExtent(), change.getFilesList(), change.getMore());
                }
                case POLICY_CHANGED -> {
                    var change = reason.getPolicyChanged();
                    node.put("step", change.getStep())
                            .put("name", change.getName())
                            .put("before", change.getBefore())
                            .put("after", change.getAfter())
                            .put("extent", change.getExtent().name());
                }
                case ORDER_CHANGED -> {
                    var change = reason.getOrderChanged();
                    node.put("how", change.getHow().name())
                            .put("step", change.getStep())
                            .put("name", change.getName())
                            .put("build", change.getBuild());
                }
                case NEVER_SEEN, LOST, UNEXPLAINED, REASON_NOT_SET -> {
                    // The name says all.
                }
            }
        }
    }

    private static void put(ObjectNode node, Reason.Extent extent, List<FileChange> files, int more) {
        node.put("extent", extent.name());
        ArrayNode list = node.putArray("files");
        for (FileChange file : files) {
            list.addObject()
                    .put("path", file.getPath())
                    .put("before", file.getBefore())
                    .put("after", file.getAfter());
        }
        node.put("more", more);
    }

    private static void putTime(ObjectNode node, String name, long second) {
        if (second != 0) {
            node.put(name, Instant.ofEpochSecond(second).toString());
        }
    }
}
