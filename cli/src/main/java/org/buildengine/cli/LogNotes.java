package org.buildengine.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.buildengine.client.progress.OutputLines;
import org.buildengine.session.Counted;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.session.wire.builds.LogSource;
import org.buildengine.session.wire.builds.NothingRan;
import org.buildengine.session.wire.builds.RunElsewhere;

/** What is to be said of a log besides what steps printed: each thing once, on the standard error output. */
final class LogNotes {
    private static final int MOST_NAMED = 20;

    private final OutputStream err;
    private String build = "";
    private Optional<LogSource> source = Optional.empty();

    LogNotes(OutputStream err) {
        this.err = err;
    }

    /** Says what there is to say of a part; nothing if that is output. */
    void take(LogPart part) throws IOException {
        switch (part.getPartCase()) {
            case SOURCE -> source(part.getSource());
            case LOST ->
                say("output is missing here that could not be written: "
                        + Counted.of(part.getLost().getBytes(), "byte"));
            case UNWRITTEN ->
                say("output is missing here, the engine cannot write it: "
                        + OutputLines.plain(part.getUnwritten().getWhy()));
            case CUT -> cut(part.getCut().getStepsList());
            case NOTHING_RAN -> nothingRan(part.getNothingRan());
            case ELSEWHERE -> elsewhere(part.getElsewhere());
            default -> {}
        }
    }

    private void source(LogSource from) throws IOException {
        if (source.filter(from::equals).isPresent()) {
            return;
        }
        source = Optional.of(from);
        build = from.getBuild().getId();
        String by = from.getRunBy().isEmpty() ? "" : "build " + EvidenceText.shortId(from.getRunBy());
        if (from.getKind() == LogSource.Kind.OTHER_BUILD) {
            say("the step was run by " + by);
        } else if (from.getKind() == LogSource.Kind.RESULT) {
            say("the log" + (by.isEmpty() ? "" : " of " + by)
                    + " has no run of the step; this is kept with its result");
        }
    }

    private void cut(List<Integer> steps) throws IOException {
        if (steps.isEmpty()) {
            say("the output ends here: the engine died, or could not write, before the step had ended");
            return;
        }
        String named = steps.stream().limit(MOST_NAMED).map(String::valueOf).collect(Collectors.joining(", "));
        int more = steps.size() - MOST_NAMED;
        say("nothing is here of what step" + (steps.size() == 1 ? " " : "s ") + named
                + (more > 0 ? " and " + more + " more" : "") + " printed: the engine died, or could not write it");
    }

    private void nothingRan(NothingRan of) throws IOException {
        String steps = switch (of.getSteps()) {
            case 0 -> "";
            case 1 -> ": its step was remembered";
            default -> ": its " + of.getSteps() + " steps were remembered, or not needed";
        };
        say("build " + EvidenceText.shortId(build) + (of.getLasts() ? " has run nothing so far" : " ran nothing")
                + steps);
    }

    private void elsewhere(RunElsewhere step) throws IOException {
        say("step " + step.getStep() + " " + EvidenceText.name(step.getName()) + " was run by build "
                + EvidenceText.shortId(step.getBuild()) + "; engine logs " + EvidenceText.shortId(build) + " "
                + step.getStep() + " shows its output");
    }

    private void say(String text) throws IOException {
        err.write(("engine: " + text + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
