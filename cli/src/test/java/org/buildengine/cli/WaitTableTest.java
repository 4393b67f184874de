package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.buildengine.session.wire.builds.Party;
import org.buildengine.session.wire.builds.Wait;
import org.junit.jupiter.api.Test;

/** What each wait reads like. */
class WaitTableTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final Party CLIENT = Party.newBuilder()
            .setKind(Party.Kind.CLIENT)
            .setId("client 9b2e of session 7c1d")
            .setName("client 9b2e of session 7c1d")
            .build();
    private static final Party STEP = Party.newBuilder()
            .setKind(Party.Kind.STEP)
            .setId("3fa2c1d05566")
            .setName("exec npm\nci")
            .build();
    private static final Party OTHER = Party.newBuilder()
            .setKind(Party.Kind.STEP)
            .setId("77b1d3e4aabb")
            .setName("exec npm test")
            .build();
    private static final Party SESSION = Party.newBuilder()
            .setKind(Party.Kind.SESSION)
            .setId("7c1d")
            .setName("session 7c1d")
            .build();
    private static final Party ENGINE =
            Party.newBuilder().setKind(Party.Kind.ENGINE).setName("the engine").build();
    private static final Party REGISTRY = Party.newBuilder()
            .setKind(Party.Kind.REGISTRY)
            .setId("docker.io")
            .setName("docker.io")
            .build();

    private static Wait.Builder wait(Party waiter, Party awaited, Wait.Kind kind, String detail) {
        return Wait.newBuilder()
                .setWaiter(waiter)
                .setAwaited(awaited)
                .setKind(kind)
                .setDetail(detail)
                .setSince(NOW.toEpochMilli() - 12_000);
    }

    private static String line(Party waiter, Party awaited, Wait.Kind kind, String detail) {
        return line(wait(waiter, awaited, kind, detail));
    }

    private static String line(Wait.Builder wait) {
        return new WaitTable(NOW).lines(List.of(wait.build())).getFirst();
    }

    @Test
    void whatClientsCallTheirFilesDoesNotReachTheTerminalAsItIs() {
        assertThat(line(CLIENT, CLIENT, Wait.Kind.CLIENT_CALL, "upload of /\u001b]0;title\u0007src\u202e"))
                .isEqualTo("12 s  client 9b2e of session 7c1d waits for its own machine, upload of /src");
    }

    @Test
    void everyKindHasItsWords() {
        assertThat(line(CLIENT, STEP, Wait.Kind.RESULT, ""))
                .isEqualTo("12 s  client 9b2e of session 7c1d waits for step 3fa2c1d0 exec npm ci");
        assertThat(line(STEP, OTHER, Wait.Kind.JOINED, ""))
                .isEqualTo(
                        "12 s  step 3fa2c1d0 exec npm ci waits for step 77b1d3e4 exec npm test, which does the same");
        assertThat(line(STEP, ENGINE, Wait.Kind.TURN, "16 of 16 places taken"))
                .isEqualTo("12 s  step 3fa2c1d0 exec npm ci waits for its turn, 16 of 16 places taken");
        assertThat(line(STEP, STEP, Wait.Kind.LOOK_UP, ""))
                .isEqualTo("12 s  step 3fa2c1d0 exec npm ci looks for a remembered result");
        assertThat(line(STEP, STEP, Wait.Kind.RUN, "")).isEqualTo("12 s  step 3fa2c1d0 exec npm ci runs");
        assertThat(line(STEP, STEP, Wait.Kind.EARLIER_RUN, ""))
                .isEqualTo(
                        "12 s  step 3fa2c1d0 exec npm ci waits until its earlier run, which was given up, has ended");
        assertThat(line(STEP, STEP, Wait.Kind.OTHER_RUN, ""))
                .isEqualTo("12 s  step 3fa2c1d0 exec npm ci waits until another run of it, whose result it cannot use,"
                        + " has ended");
        assertThat(line(STEP, STEP, Wait.Kind.CANCELLATION, ""))
                .isEqualTo("12 s  step 3fa2c1d0 exec npm ci is being ended, nobody needs it any more");
        assertThat(line(STEP, OTHER, Wait.Kind.CACHE_VOLUME, "81e0c2aa77"))
                .isEqualTo("12 s  step 3fa2c1d0 exec npm ci waits for cache volume 81e0c2aa,"
                        + " which step 77b1d3e4 exec npm test has");
        assertThat(line(CLIENT, REGISTRY, Wait.Kind.IMAGE, "docker.io/library/alpine:3"))
                .isEqualTo("12 s  client 9b2e of session 7c1d waits for registry docker.io to describe image"
                        + " docker.io/library/alpine:3");
        assertThat(line(STEP, REGISTRY, Wait.Kind.LAYER, "sha256:0a"))
                .isEqualTo("12 s  step 3fa2c1d0 exec npm ci waits for registry docker.io to send layer sha256:0a");
        assertThat(line(CLIENT, CLIENT, Wait.Kind.CLIENT_CALL, "upload of /src"))
                .isEqualTo("12 s  client 9b2e of session 7c1d waits for its own machine, upload of /src");
        assertThat(line(SESSION, CLIENT, Wait.Kind.TEARDOWN, "the end of its requests (2 of client 9b2e)"))
                .isEqualTo("12 s  session 7c1d waits for the end of its requests (2 of client 9b2e)");
        assertThat(line(ENGINE, ENGINE, Wait.Kind.STORE, ""))
                .isEqualTo("12 s  the engine waits until the store has taken a change");
        assertThat(line(STEP, ENGINE, Wait.Kind.ROOM, ""))
                .isEqualTo("12 s  step 3fa2c1d0 exec npm ci waits for room on the engine's disk, which is nearly full");
        assertThat(line(ENGINE, ENGINE, Wait.Kind.COLLECTION, ""))
                .isEqualTo("12 s  the engine waits until another look through the cache has ended");
        assertThat(line(STEP, ENGINE, Wait.Kind.MOUNT, "3 layers"))
                .isEqualTo("12 s  step 3fa2c1d0 exec npm ci waits for a mount of 3 layers, which is being made");
        assertThat(line(STEP, ENGINE, Wait.Kind.VOLUME, "81e0c2aa, which is being filled"))
                .isEqualTo("12 s  step 3fa2c1d0 exec npm ci waits for cache volume 81e0c2aa, which is being filled");
        assertThat(line(CLIENT, ENGINE, Wait.Kind.UNKNOWN, ""))
                .isEqualTo(
                        "12 s  client 9b2e of session 7c1d waits for the engine in a way that this version does not know");
    }

    @Test
    void limitIsCountedFromNow() {
        Wait.Builder attachment = wait(CLIENT, CLIENT, Wait.Kind.ATTACHMENT, "");
        assertThat(line(attachment.setUntil(NOW.toEpochMilli() + 3_000)))
                .isEqualTo("12 s  client 9b2e of session 7c1d waits until its own machine offers files and secrets,"
                        + " for 3 s more at most");
        assertThat(line(attachment.setUntil(NOW.toEpochMilli() - 1)))
                .endsWith("files and secrets, for 0 ms more at most");
        assertThat(line(wait(STEP, REGISTRY, Wait.Kind.LAYER, "sha256:0a").setUntil(NOW.toEpochMilli() + 20_000)))
                .endsWith("to send layer sha256:0a, for 20 s more if nothing comes");
        assertThat(line(wait(STEP, STEP, Wait.Kind.RUN, "").setSince(NOW.toEpochMilli() + 5_000)))
                .isEqualTo("0 ms  step 3fa2c1d0 exec npm ci runs");
    }

    @Test
    void nobodyIsSaidToo() {
        assertThat(new WaitTable(NOW).lines(List.of())).containsExactly("Nobody waits.");
    }

    @Test
    void programsGetAllThatIsKnown() throws Exception {
        assertThat(WaitTable.json(List.of(
                        wait(STEP, REGISTRY, Wait.Kind.LAYER, "sha256:0a")
                                .setUntil(NOW.toEpochMilli())
                                .build(),
                        wait(STEP, STEP, Wait.Kind.RUN, "").build())))
                .isEqualToIgnoringWhitespace("""
                        {"waits": [
                          {"waiter": {"kind": "STEP", "id": "3fa2c1d05566", "name": "exec npm\\nci"},
                           "awaited": {"kind": "REGISTRY", "id": "docker.io", "name": "docker.io"},
                           "kind": "LAYER", "detail": "sha256:0a",
                           "since": "2026-01-01T11:59:48Z", "until": "2026-01-01T12:00:00Z"},
                          {"waiter": {"kind": "STEP", "id": "3fa2c1d05566", "name": "exec npm\\nci"},
                           "awaited": {"kind": "STEP", "id": "3fa2c1d05566", "name": "exec npm\\nci"},
                           "kind": "RUN", "detail": "", "since": "2026-01-01T11:59:48Z"}]}
                        """);
    }
}
