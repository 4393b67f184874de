package org.buildengine.server.core;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.buildengine.solver.evidence.Build;
import org.buildengine.solver.evidence.Decision;
import org.buildengine.solver.evidence.Evidence;

/** Fields that say why the steps of builds ran. As with the cache, only the main client of a session may look. */
final class BuildFields {
    private final Builds builds;

    private BuildFields(Builds builds) {
        this.builds = builds;
    }

    static void register(FieldRegistry registry, Facilities facilities) {
        var fields = new BuildFields(facilities.builds());
        registry.field("Engine", "builds", fields::all);
        registry.field("Engine", "build", fields::one);
        registry.field("EngineBuild", "session", call -> build(call).id());
        registry.field(
                "EngineBuild",
                "startedTimeUnixNano",
                call -> EngineFields.nanos(build(call).started()));
        registry.field(
                "EngineBuild",
                "endedTimeUnixNano",
                call -> EngineFields.nanos(build(call).ended().orElse(Instant.EPOCH)));
        registry.field("EngineBuild", "steps", fields::steps);
        registerSteps(registry);
        registerReasons(registry);
    }

    private static void registerSteps(FieldRegistry registry) {
        registry.field(
                "EngineBuildStep",
                "cause",
                call -> EngineBuildStep.cause(step(call).cause()));
        registry.field(
                "EngineBuildStep",
                "decision",
                call -> call.receiver(EngineBuildStep.class).decision());
        registry.field("EngineBuildStep", "digest", call -> step(call).recipe().hex());
        registry.field(
                "EngineBuildStep", "durationNano", call -> step(call).took().toNanos());
        registry.field("EngineBuildStep", "kind", call -> step(call).kind());
        registry.field("EngineBuildStep", "name", call -> step(call).name());
        registry.field("EngineBuildStep", "number", call -> (long) step(call).number());
        registry.field(
                "EngineBuildStep",
                "outcome",
                call -> call.receiver(EngineBuildStep.class).outcome());
        registry.field(
                "EngineBuildStep",
                "sourceBuild",
                call -> call.receiver(EngineBuildStep.class).sourceBuild());
        registry.field("EngineBuildStep", "successor", call -> step(call).successor());
        registry.field("EngineBuildStep", "reasons", BuildFields::reasons);
    }

    private static void registerReasons(FieldRegistry registry) {
        registry.field("EngineBuildReason", "kind", call -> reason(call).kind());
        registry.field("EngineBuildReason", "name", call -> reason(call).name());
        registry.field("EngineBuildReason", "before", call -> reason(call).before());
        registry.field("EngineBuildReason", "after", call -> reason(call).after());
        registry.field("EngineBuildReason", "build", call -> reason(call).build());
        registry.field("EngineBuildReason", "extent", call -> reason(call).extent());
        registry.field("EngineBuildReason", "step", call -> (long) reason(call).upstream());
        registry.field(
                "EngineBuildReason", "moreFiles", call -> (long) reason(call).more());
        registry.field(
                "EngineBuildReason",
                "files",
                call -> reason(call).files().stream()
                        .map(change -> new EngineBuildFileChange(reason(call), change))
                        .toList());
        registry.field(
                "EngineBuildFileChange", "path", call -> file(call).change().path());
        registry.field(
                "EngineBuildFileChange", "before", call -> file(call).change().before());
        registry.field(
                "EngineBuildFileChange", "after", call -> file(call).change().after());
    }

    private List<EngineBuild> all(Call call) throws ApiException, IOException {
        EngineFields.requireMainClient(call, "builds");
        return builds.all().stream().map(EngineBuild::new).toList();
    }

    private EngineBuild one(Call call) throws ApiException, IOException {
        EngineFields.requireMainClient(call, "builds");
        try {
            return new EngineBuild(builds.find(call.text("session")));
        } catch (IllegalArgumentException e) {
            throw Reading.caused(new ApiException("INVALID_ARGUMENT", Reading.message(e)), e);
        }
    }

    private List<EngineBuildStep> steps(Call call) throws ApiException, IOException {
        EngineFields.requireMainClient(call, "builds");
        Build build = build(call);
        return builds.steps(build).stream()
                .map(step -> new EngineBuildStep(build, step))
                .toList();
    }

    private static List<EngineBuildReason> reasons(Call call) {
        EngineBuildStep step = call.receiver(EngineBuildStep.class);
        return step.evidence().decision() instanceof Decision.Ran ran
                ? ran.reasons().stream()
                        .map(reason -> EngineBuildReason.of(step, reason))
                        .toList()
                : List.of();
    }

    private static Build build(Call call) {
        return call.receiver(EngineBuild.class).build();
    }

    private static Evidence step(Call call) {
        return call.receiver(EngineBuildStep.class).evidence();
    }

    private static EngineBuildReason reason(Call call) {
        return call.receiver(EngineBuildReason.class);
    }

    private static EngineBuildFileChange file(Call call) {
        return call.receiver(EngineBuildFileChange.class);
    }
}
