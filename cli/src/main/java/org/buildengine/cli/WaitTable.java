package org.buildengine.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.buildengine.client.progress.OutputLines;
import org.buildengine.session.wire.builds.Party;
import org.buildengine.session.wire.builds.Wait;

/** Who waits for whom, as people and programs read it. What clients called their files cannot move the cursor of a terminal. */
final class WaitTable {
    private static final JsonMapper JSON = new JsonMapper();

    private final Instant now;

    /**
     * Lines.
     *
     * @param now what times are counted to
     */
    WaitTable(Instant now) {
        this.now = now;
    }

    /** A line for each wait. */
    List<String> lines(List<Wait> waits) {
        return waits.isEmpty()
                ? List.of("Nobody waits.")
                : waits.stream().map(this::line).map(OutputLines::plain).toList();
    }

    private String line(Wait wait) {
        String time = CacheTable.time(age(wait));
        String awaited = name(wait.getAwaited());
        String what = switch (wait.getKind()) {
            case RESULT -> "waits for " + awaited;
            case JOINED -> "waits for " + awaited + ", which does the same";
            case TURN -> "waits for its turn, " + wait.getDetail();
            case LOOK_UP -> "looks for a remembered result";
            case RUN -> "runs";
            case EARLIER_RUN -> "waits until its earlier run, which was given up, has ended";
            case OTHER_RUN -> "waits until another run of it, whose result it cannot use, has ended";
            case CANCELLATION -> "is being ended, nobody needs it any more";
            case CACHE_VOLUME ->
                "waits for cache volume " + EvidenceText.shortId(wait.getDetail()) + ", which " + awaited + " has";
            case IMAGE -> "waits for " + awaited + " to describe image " + wait.getDetail();
            case LAYER -> "waits for " + awaited + " to send layer " + wait.getDetail();
            case CLIENT_CALL -> "waits for its own machine, " + wait.getDetail();
            case ATTACHMENT -> "waits until its own machine offers files and secrets";
            case TEARDOWN -> "waits for " + wait.getDetail();
            case STORE -> "waits until the store has taken a change";
            case ROOM -> "waits for room on the engine's disk, which is nearly full";
            case COLLECTION -> "waits until another look through the cache has ended";
            case MOUNT -> "waits for a mount of " + wait.getDetail() + ", which is being made";
            case VOLUME -> "waits for cache volume " + wait.getDetail();
            default -> "waits for " + awaited + " in a way that this version does not know";
        };
        return time + "  " + name(wait.getWaiter()) + " " + what + limit(wait);
    }

    private Duration age(Wait wait) {
        Duration age = Duration.between(Instant.ofEpochMilli(wait.getSince()), now);
        return age.isNegative() ? Duration.ZERO : age;
    }

    private String limit(Wait wait) {
        if (wait.getUntil() == 0) {
            return "";
        }
        Duration left = Duration.between(now, Instant.ofEpochMilli(wait.getUntil()));
        String more = CacheTable.time(left.isNegative() ? Duration.ZERO : left) + " more";
        return switch (wait.getKind()) {
            // whatever comes meanwhile begins another time
            case IMAGE, LAYER, CLIENT_CALL -> ", for " + more + " if nothing comes";
            default -> ", for " + more + " at most";
        };
    }

    private static String name(Party party) {
        return switch (party.getKind()) {
            case STEP -> "step " + EvidenceText.shortId(party.getId()) + " " + EvidenceText.name(party.getName());
            case REGISTRY -> "registry " + party.getName();
            default -> party.getName();
        };
    }

    /** One JSON object with everything that is known. */
    static String json(List<Wait> waits) throws IOException {
        ObjectNode all = JSON.createObjectNode();
        ArrayNode list = all.putArray("waits");
        for (Wait wait : waits) {
            ObjectNode node = list.addObject();
            put(node.putObject("waiter"), wait.getWaiter());
            put(node.putObject("awaited"), wait.getAwaited());
            node.put("kind", wait.getKind().name())
                    .put("detail", wait.getDetail())
                    .put("since", Instant.ofEpochMilli(wait.getSince()).toString());
            if (wait.getUntil() != 0) {
                node.put("until", Instant.ofEpochMilli(wait.getUntil()).toString());
            }
        }
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(all);
    }

    private static void put(ObjectNode node, Party party) {
        node.put("kind", party.getKind().name()).put("id", party.getId()).put("name", party.getName());
    }
}
