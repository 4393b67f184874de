package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.buildengine.session.wire.builds.BuildInfo;
import org.buildengine.session.wire.builds.Explanation;
import org.buildengine.session.wire.builds.Joined;
import org.buildengine.session.wire.builds.Ran;
import org.buildengine.session.wire.builds.Reason;
import org.buildengine.session.wire.builds.Step;
import org.junit.jupiter.api.Test;

/** Reasons as programs read them. */
class EvidenceJsonTest {
    private static String json(Reason.Builder reason) throws IOException {
        return json(Step.newBuilder().setRan(Ran.newBuilder().addReasons(reason)));
    }

    @Test
    void causesOfCancellationsAreToldAsFarAsTheyAreKnown() throws IOException {
        var unfinished =
                Reason.Unfinished.newBuilder().setOutcome(Ran.Outcome.CANCELLED).setBuild("7c1d");
        assertThat(json(Reason.newBuilder().setUnfinished(unfinished)))
                .contains("[{\"reason\":\"UNFINISHED\",\"outcome\":\"CANCELLED\",\"build\":\"7c1d\"}]");
        assertThat(json(Reason.newBuilder().setUnfinished(unfinished.setCause(Ran.Cause.CLIENT_LEFT))))
                .contains("\"build\":\"7c1d\",\"cause\":\"CLIENT_LEFT\"}]");
        var died = Step.newBuilder()
                .setRan(Ran.newBuilder().setOutcome(Ran.Outcome.CANCELLED).setCause(Ran.Cause.ENGINE_DIED));
        assertThat(EvidenceJson.explanation(
                        Explanation.newBuilder().addSteps(died).build()))
                .contains("\"outcome\" : \"CANCELLED\"", "\"cause\" : \"ENGINE_DIED\"")
                .doesNotContain("\"died\"");
        assertThat(EvidenceJson.explanation(Explanation.newBuilder()
                        .setBuild(BuildInfo.newBuilder().setDied(true))
                        .build()))
                .contains("\"died\" : true");
    }

    private static String json(Step.Builder step) throws IOException {
        return EvidenceJson.explanation(Explanation.newBuilder().addSteps(step).build())
                .replaceAll("\\s+", "");
    }

    @Test
    void stepThatWasJoinedHasItsEndUnderTheSameNames() throws IOException {
        var joined = Joined.newBuilder()
                .setBuild("7c1d")
                .setOutcome(Ran.Outcome.FAILED)
                .setTook(5_000_000);
        assertThat(json(Step.newBuilder().setJoined(joined)))
                .contains("\"decision\":\"joined\",\"outcome\":\"FAILED\",\"tookMillis\":5,\"build\":\"7c1d\"}");
        joined.setOutcome(Ran.Outcome.LEFT).setCause(Ran.Cause.CLIENT_LEFT).setSuccessor("5555");
        assertThat(json(Step.newBuilder().setJoined(joined)))
                .contains("\"outcome\":\"LEFT\",\"tookMillis\":5,\"cause\":\"CLIENT_LEFT\",\"successor\":\"5555\","
                        + "\"build\":\"7c1d\"}");
    }

    @Test
    void policiesAndOtherBytesAreToldInFull() throws IOException {
        assertThat(json(Reason.newBuilder()
                        .setExpired(Reason.Expired.newBuilder().setMade(1000).setAge(60_000))))
                .contains("[{\"reason\":\"EXPIRED\",\"made\":\"1970-01-01T00:16:40Z\",\"ageMillis\":60000}]");
        assertThat(json(Reason.newBuilder()
                        .setForbidden(Reason.Forbidden.newBuilder().setPolicy(Reason.Forbidden.Policy.PER_SESSION))))
                .contains("[{\"reason\":\"FORBIDDEN\",\"policy\":\"PER_SESSION\"}]");
        assertThat(json(Reason.newBuilder()
                        .setNonDeterministic(Reason.NonDeterministic.newBuilder()
                                .setStep(2)
                                .setName("exec date")
                                .setExtent(Reason.Extent.UNKNOWN))))
                .contains("[{\"reason\":\"NON_DETERMINISTIC\",\"step\":2,\"name\":\"execdate\",\"extent\":\"UNKNOWN\","
                        + "\"files\":[],\"more\":0}]");
        assertThat(json(Reason.newBuilder()
                        .setOrderChanged(Reason.OrderChanged.newBuilder()
                                .setHow(Reason.OrderChanged.Shift.SWAPPED)
                                .setStep(2)
                                .setName("date"))))
                .contains(
                        "[{\"reason\":\"ORDER_CHANGED\",\"how\":\"SWAPPED\",\"step\":2,\"name\":\"date\",\"build\":\"\"}]");
        assertThat(json(Reason.newBuilder()
                        .setPolicyChanged(Reason.PolicyChanged.newBuilder()
                                .setStep(2)
                                .setName("date")
                                .setBefore("Default")
                                .setAfter("Never")
                                .setExtent(Reason.Extent.SAME_FILES))))
                .contains("[{\"reason\":\"POLICY_CHANGED\",\"step\":2,\"name\":\"date\",\"before\":\"Default\","
                        + "\"after\":\"Never\",\"extent\":\"SAME_FILES\"}]");
    }
}
