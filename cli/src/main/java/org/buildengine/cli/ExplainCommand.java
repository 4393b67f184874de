package org.buildengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.buildengine.client.BuildsClient;
import org.buildengine.session.Counted;
import org.buildengine.session.wire.builds.Explanation;
import org.buildengine.session.wire.builds.Step;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code engine explain}: why steps of a build ran, or did not. */
@Command(
        name = "explain",
        description = "Says why each step of a build ran, or which build it is remembered from.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  engine explain                what the latest build did, and why",
            "  engine explain --list         the builds of which that is known",
            "  engine explain 7c1d 4         why step 4 of that build ran",
            "  engine explain 7c1d 'npm ci'  the steps with this text in their name"
        })
final class ExplainCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "BUILD",
            description = "Id of the build, or the beginning of it; the latest if it is left out.")
    private String build = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "STEP",
            description = "Number, beginning of the digest, or a text in the name.")
    private String step = "";

    @Option(names = "--list", description = "List the builds instead.")
    private boolean list;

    @Option(names = "--json", description = "Print one JSON object, with all that is known.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (list && !build.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "--list: names all builds, so that \"" + build + "\" cannot be chosen with it");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (EngineChoice engine = EngineChoice.from(System.getenv());
                BuildsClient builds = BuildsClient.connect(engine.address(), VersionCommand.API_VERSION)) {
            if (list) {
                var all = builds.list();
                if (json) {
                    out.println(EvidenceJson.builds(all));
                } else {
                    new EvidenceText(Instant.now()).builds(all).forEach(out::println);
                }
                return 0;
            }
            Explanation explanation = chosen(builds.explain(build));
            if (json) {
                out.println(EvidenceJson.explanation(explanation));
            } else {
                new EvidenceText(Instant.now())
                        .explanation(explanation, step.isEmpty())
                        .forEach(out::println);
            }
        }
        return 0;
    }

    private Explanation chosen(Explanation all) throws IOException {
        if (step.isEmpty()) {
            return all;
        }
        List<Step> steps = all.getStepsList().stream().filter(this::isMeant).toList();
        if (steps.isEmpty()) {
            throw new IOException("build " + all.getBuild().getId() + " has no step \"" + step + "\"; it has "
                    + Counted.of(all.getStepsCount(), "step") + ", which engine explain "
                    + EvidenceText.shortId(all.getBuild().getId())
                    + " lists" + EvidenceText.full(all));
        }
        return all.toBuilder().clearSteps().addAllSteps(steps).build();
    }

    private boolean isMeant(Step candidate) {
        if (step.matches("\\d{1,6}")) {
            return candidate.getNumber() == Integer.parseInt(step);
        }
        boolean digest = step.matches("[0-9a-f]{7,64}") && candidate.getRecipe().startsWith(step);
        return digest || candidate.getName().contains(step);
    }
}
