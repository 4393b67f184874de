package org.buildengine.server.graphql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.Random;
import org.buildengine.server.DaggerSession;
import org.buildengine.server.TestClients;
import org.buildengine.server.core.ApiException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids as bytes, the table behind them, and how long what they name lives. */
class ObjectTest {
    private final Door door = new Door();

    @Test
    void idsHaveTheBytesThatClientsDecode() throws Exception {
        assertThat(new ObjectId(42, "Container").encode()).isEqualTo("EhEIKhINCglDb250YWluZXIYAQ==");
        assertThat(new ObjectId(4000000000L, "Directory").encode()).isEqualTo("EhUIgNCs8w4SDQoJRGlyZWN0b3J5GAE=");
        assertThat(ObjectId.decode("EhEIKhINCglDb250YWluZXIYAQ==")).isEqualTo(new ObjectId(42, "Container"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not-an-id", "AAAA", "EgA=", "Eg==", "EhEIKhINCglDb250YWluZXIYAQ=", "CgA="})
    void whatIsNoIdIsRefused(String id) {
        assertThatThrownBy(() -> ObjectId.decode(id))
                .isInstanceOf(ApiException.class)
                .hasMessageStartingWith("invalid ID \"" + id + "\": ");
    }

    @Test
    void damagedIdsNeverEndInAnythingButARefusal() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        byte[] good = Base64.getDecoder().decode("EhEIKhINCglDb250YWluZXIYAQ==");
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = good.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            String id = Base64.getEncoder().encodeToString(bad);
            try {
                assertThat(ObjectId.decode(id).type()).isNotEmpty();
            } catch (ApiException e) {
                assertThat(e).as("seed %d, id %s", seed, id).hasMessageStartingWith("invalid ID");
            }
        }
    }

    @Test
    void equalObjectsHaveOneNumberAndOthersAnother() {
        var table = new ObjectTable();
        DaggerSession session = TestClients.session("a");

        long number = table.put(session, FakeCore.Thing.of("File"));

        assertThat(table.put(TestClients.session("b"), FakeCore.Thing.of("File")))
                .isEqualTo(number);
        assertThat(table.put(session, FakeCore.Thing.of("Directory"))).isNotEqualTo(number);
        assertThat(table.put(session, FakeCore.Thing.of("File").with("a", "b"))).isNotEqualTo(number);
    }

    @Test
    void anObjectLivesAsLongAsASessionThatSawIt() {
        var table = new ObjectTable();
        DaggerSession maker = TestClients.session("a");
        DaggerSession user = TestClients.session("b");
        long number = table.put(maker, FakeCore.Thing.of("File"));
        assertThat(table.get(user, number)).isPresent();

        table.release(maker);
        table.release(maker);
        assertThat(table.get(user, number)).isPresent();

        table.release(user);
        assertThat(table.get(maker, number)).isEmpty();
        assertThat(table.size()).isZero();
        assertThat(table.put(TestClients.session("c"), FakeCore.Thing.of("File")))
                .isNotEqualTo(number);
    }

    /** Also of one that works nothing: it makes objects, asks for their ids, and leaves. */
    @Test
    void theEndOfASessionReleasesWhatItSaw() {
        var table = new ObjectTable();
        DaggerSession maker = TestClients.session("a");
        DaggerSession user = TestClients.session("b");
        long number = table.put(maker, FakeCore.Thing.of("File"));
        assertThat(table.get(user, number)).isPresent();

        TestClients.tearDown(maker);
        assertThat(table.size()).isOne();

        TestClients.tearDown(user);
        assertThat(table.size()).isZero();
    }

    @Test
    void aStragglerOfAnEndedSessionLeavesNothing() {
        var table = new ObjectTable();
        DaggerSession session = TestClients.session("a");
        table.release(session);

        table.put(session, FakeCore.Thing.of("File"));

        assertThat(table.size()).isZero();
    }

    @Test
    void idsAreRefusedWithTheTypeThatWasExpected() throws Exception {
        String id = Door.MAPPER
                .readTree(door.ask("{ directory { id } }"))
                .at("/data/directory/id")
                .asText();

        assertThat(door.error("{ container { withMountedFile(path: \"\", source: \"" + id + "\") { id } } }"))
                .isEqualTo("expected \"File\" ID, got Directory! ID");
        assertThat(door.error("{ loadFileFromID(id: \"" + id + "\") { id } }"))
                .isEqualTo("load File: expected File, got Directory");
        String forged = new ObjectId(ObjectId.decode(id).number(), "File").encode();
        assertThat(door.error("{ container { withMountedFile(path: \"\", source: \"" + forged + "\") { id } } }"))
                .isEqualTo("expected \"File\" ID, got Directory! ID");
        assertThat(door.error("{ node(id: \"" + new ObjectId(7000, "File").encode() + "\") { id } }"))
                .startsWith("resolve result 7000: missing shared result");
        assertThat(door.error("{ container { withFiles(path: \"\", sources: [\"" + id + "\"]) { id } } }"))
                .isEqualTo("expected \"File\" ID, got Directory! ID");
        assertThat(door.error("{ container { withRootfs(directory: \"\") { id } } }"))
                .isEqualTo("invalid ID \"\": it names no object");
    }
}
