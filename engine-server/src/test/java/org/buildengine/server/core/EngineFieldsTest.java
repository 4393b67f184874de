package org.buildengine.server.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.buildengine.server.DaggerSession;
import org.buildengine.server.TestClients;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.RecordType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine's cache as programs see it. */
class EngineFieldsTest {
    private static final String ENTRIES = "{engine{localCache{entrySet{entryCount diskSpaceBytes entries{activelyUsed"
            + " createdTimeUnixNano mostRecentUseTimeUnixNano description diskSpaceBytes recordType recordTypes"
            + " dagqlCall}}}}}";

    private final CoreDoor door = new CoreDoor();

    private String prune(String arguments) throws InterruptedException {
        return door.ask("{engine{localCache{prune" + arguments + "}}}");
    }

    private CachePolicy onlyPolicy() {
        assertThat(door.cache().applied).hasSize(1);
        return door.cache().applied.getFirst();
    }

    @Test
    void entriesSayWhatTheCacheHas() throws Exception {
        door.cache().add("7", RecordType.CACHE_MOUNT, "cache of maven", true);

        assertThat(door.ask(ENTRIES))
                .isEqualTo(
                        "{\"data\":{\"engine\":{\"localCache\":{\"entrySet\":{\"entryCount\":1,\"diskSpaceBytes\":85,"
                                + "\"entries\":[{\"activelyUsed\":true,\"createdTimeUnixNano\":1000000000000,"
                                + "\"mostRecentUseTimeUnixNano\":2000000000000,\"description\":\"cache of maven\","
                                + "\"diskSpaceBytes\":85,\"recordType\":\"exec.cachemount\","
                                + "\"recordTypes\":[\"exec.cachemount\"],\"dagqlCall\":\"\"}]}}}}}");
    }

    @Test
    void eachLookIsOneOfItsOwn() throws Exception {
        String first = door.ask("{engine{localCache{entrySet{id entryCount}}}}");
        door.cache().add("7", RecordType.REGULAR, "x", false);
        String second = door.ask("{engine{localCache{entrySet{id entryCount}}}}");

        assertThat(first).contains("\"entryCount\":0");
        assertThat(second).contains("\"entryCount\":1");
    }

    @Test
    void clientsAreThoseThatOpenedASessionAndHaveNotEndedIt() throws Exception {
        DaggerSession other = door.openSession("t", "another");
        assertThat(door.askAsNested("{engine{clients}}"))
                .isEqualTo("{\"data\":{\"engine\":{\"clients\":[\"main\",\"another\"]}}}");

        TestClients.end(other);
        assertThat(door.ask("{engine{clients}}")).isEqualTo("{\"data\":{\"engine\":{\"clients\":[\"main\"]}}}");
    }

    @Test
    void limitsAreThoseOfTheConfiguration() throws Exception {
        assertThat(door.ask("{engine{name localCache{maxUsedSpace reservedSpace minFreeSpace targetSpace}}}"))
                .isEqualTo("{\"data\":{\"engine\":{\"name\":\"host1\",\"localCache\":{\"maxUsedSpace\":3000,"
                        + "\"reservedSpace\":1000,\"minFreeSpace\":2000,\"targetSpace\":0}}}}");
    }

    @Test
    void pruneTakesEverythingThatNobodyUses() throws Exception {
        door.cache().add("1", RecordType.REGULAR, "used", true);
        door.cache().add("2", RecordType.REGULAR, "free", false);
        door.cache().add("3", RecordType.INTERNAL, "internal", false);

        assertThat(prune("")).isEqualTo("{\"data\":{\"engine\":{\"localCache\":{\"prune\":null}}}}");

        assertThat(door.ask("{engine{localCache{entrySet{entries{description}}}}}"))
                .contains("[{\"description\":\"used\"}]");
        assertThat(onlyPolicy().limit(1000, 0)).isZero();
    }

    @Test
    void pruneComesDownToWhatItIsTold() throws Exception {
        prune("(maxUsedSpace: \"2kB\", reservedSpace: \"100\", minFreeSpace: \"0\", targetSpace: \"1KiB\")");

        CachePolicy policy = onlyPolicy();
        assertThat(policy.maxUsedSpace()).isEqualTo(2048);
        assertThat(policy.reservedSpace()).isEqualTo(100);
        assertThat(policy.minFreeSpace()).isZero();
        assertThat(policy.targetSpace()).isEqualTo(1024);
    }

    @Test
    void pruneByTheConfiguredPolicyKeepsWhatIsNotOverwritten() throws Exception {
        prune("(useDefaultPolicy: true, maxUsedSpace: \"5000\")");

        assertThat(door.cache().applied).hasSize(3).allSatisfy(policy -> {
            assertThat(policy.maxUsedSpace()).isEqualTo(5000);
            assertThat(policy.reservedSpace()).isEqualTo(1000);
            assertThat(policy.minFreeSpace()).isEqualTo(2000);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"maxUsedSpace", "reservedSpace", "minFreeSpace", "targetSpace"})
    void whatIsNoSizeIsRefusedAndNothingGoes(String argument) throws Exception {
        door.cache().add("2", RecordType.REGULAR, "free", false);

        assertThat(prune("(" + argument + ": \"much\")"))
                .contains(
                        "invalid " + argument + " value: \\\"much\\\" is no amount of space: write a size such as 10GB,"
                                + " a part of the disk such as 50%, or a number of bytes")
                .contains("INVALID_ARGUMENT");
        assertThat(door.cache().usage().records()).hasSize(1);
    }

    @Test
    void otherClientsMayNotLook() throws Exception {
        assertThat(door.askAsNested("{engine{localCache{maxUsedSpace}}}"))
                .contains("only the main client of a session may look at the engine's cache")
                .contains("FORBIDDEN");
        assertThat(door.askAsNested("{engine{name}}")).contains("host1");
    }
}
