package org.buildengine.server.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Build;
import org.buildengine.solver.evidence.Cancellation;
import org.buildengine.solver.evidence.Decision;
import org.buildengine.solver.evidence.Evidence;
import org.buildengine.solver.evidence.Field;
import org.buildengine.solver.evidence.FileChange;
import org.buildengine.solver.evidence.Lookup;
import org.buildengine.solver.evidence.Outcome;
import org.buildengine.solver.evidence.Reason;
import org.junit.jupiter.api.Test;

/** Why steps ran, as programs see it. */
class BuildFieldsTest {
    private static final Instant TIME = Instant.ofEpochSecond(1000);
    private static final String REASONS =
            "{engine{build(session:\"7c\"){steps{reasons{kind name before after step build extent moreFiles "
                    + "files{path before after}}}}}}";

    private final List<Evidence> steps = new ArrayList<>();
    private Optional<Instant> ended = Optional.of(TIME.plusSeconds(2));
    private final CoreDoor door = new CoreDoor(new Kept());

    /** One build. */
    private final class Kept implements Builds {
        private Build build() {
            return new Build(3, "7c1d", TIME, ended, false);
        }

        @Override
        public List<Build> all() {
            return List.of(build(), new Build(2, "9ab0", TIME, Optional.empty(), false));
        }

        @Override
        public Build find(String id) {
            if (!build().id().startsWith(id)) {
                throw new IllegalArgumentException("no build is kept whose id begins with " + id);
            }
            return build();
        }

        @Override
        public List<Evidence> steps(Build of) {
            return of.equals(build()) ? steps : List.of();
        }
    }

    private void step(Decision decision, Outcome outcome) {
        steps.add(new Evidence(
                steps.size() + 1,
                Digest.of("x"),
                "exec",
                "exec make",
                decision,
                Optional.empty(),
                Optional.empty(),
                outcome,
                Duration.ofMillis(5),
                Optional.empty(),
                ""));
    }

    @Test
    void stepThatWasCancelledSaysWhyAsFarAsThatIsKnown() throws Exception {
        for (Cancellation cause : Cancellation.values()) {
            steps.add(new Evidence(
                    steps.size() + 1,
                    Digest.of("x"),
                    "exec",
                    "exec make",
                    new Decision.Ran(
                            List.of(new Reason.Unfinished(Outcome.CANCELLED, "b", Optional.of(cause))),
                            "",
                            Instant.EPOCH),
                    Optional.empty(),
                    Optional.empty(),
                    Outcome.CANCELLED,
                    Duration.ZERO,
                    Optional.of(cause),
                    ""));
        }
        step(new Decision.Ran(List.of(new Reason.NeverSeen()), "", Instant.EPOCH), Outcome.SUCCEEDED);
        JsonNode told =
                read(door.ask("{engine{build{steps{cause reasons{name}}}}}")).at("/data/engine/build/steps");
        List<String> causes = List.of(
                "", "NOT_NEEDED", "CLIENT_ENDED", "CLIENT_LEFT", "CLIENT_SILENT", "ENGINE_STOPPED", "ENGINE_DIED", "");
        assertThat(told).hasSize(causes.size());
        for (int i = 0; i < causes.size(); i++) {
            assertThat(told.get(i).toString())
                    .isEqualTo(
                            "{\"cause\":\"" + causes.get(i) + "\",\"reasons\":[{\"name\":\"" + causes.get(i) + "\"}]}");
        }
    }

    @Test
    void stepThatWasLeftNamesTheBuildThatWentOnWithIt() throws Exception {
        steps.add(new Evidence(
                1,
                Digest.of("x"),
                "exec",
                "exec make",
                new Decision.Ran(List.of(new Reason.NeverSeen()), "", Instant.EPOCH),
                Optional.empty(),
                Optional.empty(),
                Outcome.LEFT,
                Duration.ZERO,
                Optional.of(Cancellation.CLIENT_LEFT),
                "9ab0"));
        step(new Decision.Joined("5555"), Outcome.SUCCEEDED);
        assertThat(door.ask("{engine{build{steps{outcome successor}}}}"))
                .contains(
                        "[{\"outcome\":\"LEFT\",\"successor\":\"9ab0\"},{\"outcome\":\"SUCCEEDED\",\"successor\":\"\"}]");
    }

    private List<String> reasons(Reason... reasons) throws Exception {
        step(new Decision.Ran(List.of(reasons), "", Instant.EPOCH), Outcome.SUCCEEDED);
        var told = new ArrayList<String>();
        for (JsonNode reason : read(door.ask(REASONS)).at("/data/engine/build/steps/0/reasons")) {
            told.add(reason.toString().replace("\"", ""));
        }
        return told;
    }

    private static JsonNode read(String json) throws IOException {
        return new ObjectMapper().readTree(json);
    }

    @Test
    void buildsAreListedAndTheLatestIsMeantWhereNoneIsNamed() throws Exception {
        assertThat(door.ask("{engine{builds{session startedTimeUnixNano endedTimeUnixNano} build{session}}}"))
                .isEqualTo(
                        "{\"data\":{\"engine\":{\"builds\":[{\"session\":\"7c1d\",\"startedTimeUnixNano\":1000000000000,"
                                + "\"endedTimeUnixNano\":1002000000000},{\"session\":\"9ab0\","
                                + "\"startedTimeUnixNano\":1000000000000,\"endedTimeUnixNano\":0}],"
                                + "\"build\":{\"session\":\"7c1d\"}}}}");
    }

    @Test
    void stepsSayHowTheyWent() throws Exception {
        step(new Decision.Remembered(Lookup.RECIPE, "9ab0", TIME), Outcome.UNKNOWN);
        step(new Decision.Joined("5555"), Outcome.FAILED);
        step(new Decision.Ran(List.of(new Reason.NeverSeen()), "", Instant.EPOCH), Outcome.FAILED);
        String digest = Digest.of("x").hex();
        JsonNode told = read(door.ask(
                        "{engine{build{steps{number name kind decision outcome sourceBuild durationNano digest}}}}"))
                .at("/data/engine/build/steps");
        assertThat(told).hasSize(3);
        assertThat(told.get(0).toString())
                .isEqualTo(
                        "{\"number\":1,\"name\":\"exec make\",\"kind\":\"exec\",\"decision\":\"REMEMBERED\",\"outcome\":\"REMEMBERED\","
                                + "\"sourceBuild\":\"9ab0\",\"durationNano\":5000000,\"digest\":\"" + digest + "\"}");
        assertThat(told.get(1).toString()).contains("\"JOINED\",\"outcome\":\"FAILED\",\"sourceBuild\":\"5555\"");
        assertThat(told.get(2).toString()).contains("\"RAN\",\"outcome\":\"FAILED\",\"sourceBuild\":\"\"");
    }

    @Test
    void stepsOfABuildThatLastsAreRunningUntilTheyEnd() throws Exception {
        ended = Optional.empty();
        step(new Decision.Remembered(Lookup.RECIPE, "9ab0", TIME), Outcome.UNKNOWN);
        step(new Decision.Joined("5555"), Outcome.UNKNOWN);
        step(new Decision.Ran(List.of(new Reason.NeverSeen()), "", Instant.EPOCH), Outcome.UNKNOWN);
        step(new Decision.Ran(List.of(new Reason.NeverSeen()), "", Instant.EPOCH), Outcome.SUCCEEDED);
        assertThat(read(door.ask("{engine{build{steps{outcome}}}}")).findValuesAsText("outcome"))
                .containsExactly("REMEMBERED", "RUNNING", "RUNNING", "SUCCEEDED");
    }

    @Test
    void everyReasonHasFields() throws Exception {
        List<FileChange> files = List.of(new FileChange("/a", "old", "new"));
        assertThat(reasons(
                        new Reason.NeverSeen(),
                        new Reason.InputChanged("upload app", Reason.Extent.FILES, files, 2),
                        new Reason.UpstreamChanged(4, "exec a", Reason.Extent.UNKNOWN, List.of(), 0),
                        new Reason.NonDeterministic(5, "exec date", Reason.Extent.FILES, files, 0),
                        new Reason.PolicyChanged(6, "exec make", "Default", "Never", Reason.Extent.SAME_FILES),
                        new Reason.OrderChanged(Reason.Shift.REMOVED, 3, "exec lint", "7c1d"),
                        new Reason.OperationChanged(Field.Group.ARGUMENT, "argument 1", "x", "y"),
                        new Reason.Evicted(TIME, "too large", 7),
                        new Reason.Expired(TIME, Duration.ofHours(1)),
                        new Reason.Forbidden(Reason.Policy.PER_SESSION),
                        new Reason.Lost(),
                        new Reason.Unexplained(),
                        new Reason.Unfinished(Outcome.CANCELLED, "b", Optional.empty())))
                .containsExactly(
                        "{kind:NEVER_SEEN,name:,before:,after:,step:0,build:,extent:,moreFiles:0,files:[]}",
                        "{kind:INPUT_CHANGED,name:upload app,before:,after:,step:0,build:,extent:FILES,moreFiles:2,"
                                + "files:[{path:/a,before:old,after:new}]}",
                        "{kind:UPSTREAM_CHANGED,name:exec a,before:,after:,step:4,build:,extent:UNKNOWN,moreFiles:0,files:[]}",
                        "{kind:NON_DETERMINISTIC,name:exec date,before:,after:,step:5,build:,extent:FILES,moreFiles:0,"
                                + "files:[{path:/a,before:old,after:new}]}",
                        "{kind:POLICY_CHANGED,name:exec make,before:Default,after:Never,step:6,build:,extent:SAME_FILES,moreFiles:0,files:[]}",
                        "{kind:STEP_REMOVED,name:exec lint,before:7c1d,after:,step:3,build:7c1d,extent:,moreFiles:0,files:[]}",
                        "{kind:ARGUMENT_CHANGED,name:argument 1,before:x,after:y,step:0,build:,extent:,moreFiles:0,files:[]}",
                        "{kind:EVICTED,name:too large,before:7 bytes,after:1970-01-01T00:16:40Z,step:0,build:,extent:,moreFiles:0,"
                                + "files:[]}",
                        "{kind:EXPIRED,name:,before:1970-01-01T00:16:40Z,after:1970-01-01T01:16:40Z,step:0,build:,extent:,moreFiles:0,"
                                + "files:[]}",
                        "{kind:FORBIDDEN,name:PER_SESSION,before:,after:,step:0,build:,extent:,moreFiles:0,files:[]}",
                        "{kind:LOST,name:,before:,after:,step:0,build:,extent:,moreFiles:0,files:[]}",
                        "{kind:UNEXPLAINED,name:,before:,after:,step:0,build:,extent:,moreFiles:0,files:[]}",
                        "{kind:UNFINISHED,name:,before:CANCELLED,after:,step:0,build:b,extent:,moreFiles:0,files:[]}");
    }

    @Test
    void whatIsNotKeptIsRefusedInWords() throws Exception {
        assertThat(door.ask("{engine{build(session:\"9\"){session}}}"))
                .contains("no build is kept whose id begins with 9")
                .contains("INVALID_ARGUMENT");
    }

    @Test
    void otherClientsMayNotLook() throws Exception {
        for (String field : List.of("builds{session}", "build{session}")) {
            assertThat(door.askAsNested("{engine{" + field + "}}"))
                    .contains("only the main client of a session may look at the engine's builds")
                    .contains("FORBIDDEN");
        }
    }
}
