package org.buildengine.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.buildengine.client.progress.OutputLines;
import org.buildengine.session.Beginning;
import org.buildengine.session.Counted;
import org.buildengine.session.wire.builds.BuildInfo;
import org.buildengine.session.wire.builds.Divergence;
import org.buildengine.session.wire.builds.Explanation;
import org.buildengine.session.wire.builds.FileChange;
import org.buildengine.session.wire.builds.Joined;
import org.buildengine.session.wire.builds.Ran;
import org.buildengine.session.wire.builds.Reason;
import org.buildengine.session.wire.builds.Remembered;
import org.buildengine.session.wire.builds.Step;

/** Why steps ran, in lines for people. What builds called their files and arguments cannot move the cursor of a terminal. */
final class EvidenceText {
    private static final int SHORT_ID = 8;
    private static final int LONGEST_NAME = 60;

    private final Instant now;

    /**
     * Lines.
     *
     * @param now what ages are counted to
     */
    EvidenceText(Instant now) {
        this.now = now;
    }

    /** So much of an id as tells builds apart. */
    static String shortId(String id) {
        return id.length() <= SHORT_ID ? id : id.substring(0, SHORT_ID);
    }

    List<String> builds(List<BuildInfo> builds) {
        return builds.isEmpty()
                ? List.of("No build is kept yet.")
                : builds.stream().map(this::build).toList();
    }

    private String build(BuildInfo build) {
        return build.getId() + "  " + ago(build.getStarted() / 1000) + ", " + end(build);
    }

    private static String end(BuildInfo build) {
        if (build.getDied()) {
            return "cut off, the engine died";
        }
        return build.getEnded() == 0
                ? "not ended"
                : "took " + CacheTable.time(Duration.ofMillis(build.getEnded() - build.getStarted()));
    }

    /**
     * A line for each step.
     *
     * @param headed whether a line about the build goes first
     */
    List<String> explanation(Explanation explanation, boolean headed) {
        var lines = new ArrayList<String>();
        if (headed) {
            List<Step> steps = explanation.getStepsList();
            long running = steps.stream().filter(EvidenceText::runs).count();
            long ran =
                    steps.stream().filter(step -> step.hasRan() && !runs(step)).count();
            lines.add("build " + build(explanation.getBuild()) + ": "
                    + Counted.of(steps.size(), "step") + ", " + ran + " ran"
                    + (running == 0 ? "" : ", " + running + " still running") + full(explanation));
        }
        String build = shortId(explanation.getBuild().getId());
        explanation.getStepsList().forEach(step -> lines.add(OutputLines.plain(step(step)) + output(build, step)));
        return lines;
    }

    private static boolean runs(Step step) {
        return outcome(step) == Ran.Outcome.RUNNING;
    }

    private static Ran.Outcome outcome(Step step) {
        return step.hasJoined() ? step.getJoined().getOutcome() : step.getRan().getOutcome();
    }

    /** What to say if the build may have had more steps, for the end of a sentence. */
    static String full(Explanation explanation) {
        return explanation.getFull() ? "; no more steps of a build are kept" : "";
    }

    /** Where to see what a step printed that failed. */
    private static String output(String build, Step step) {
        return outcome(step) == Ran.Outcome.FAILED
                ? "; engine logs " + build + " " + step.getNumber() + " shows its output"
                : "";
    }

    private String step(Step step) {
        String what = switch (step.getDecisionCase()) {
            case REMEMBERED -> remembered(step.getRemembered());
            case JOINED -> joined(step.getJoined());
            case RAN -> ran(step.getRan());
            case DECISION_NOT_SET -> "decided in a way that this version does not know";
        };
        return "step " + step.getNumber() + " " + name(step.getName()) + ": " + what;
    }

    private String remembered(Remembered remembered) {
        String how = switch (remembered.getHow()) {
            case PRODUCER -> "remembered, the same was done with the same inputs";
            case CONTENT -> "remembered, all that it reads is the same";
            case JOINED -> "joined a step that did the same";
            case NEEDED_BY_REMEMBERED -> "not needed, a later step did not have to run";
            default -> "remembered";
        };
        return remembered.getMade() == 0
                ? how
                : how + ", made" + by(remembered.getBuild()) + " " + ago(remembered.getMade());
    }

    private static String by(String build) {
        return build.isEmpty() ? "" : " by build " + shortId(build);
    }

    private static String joined(Joined joined) {
        String outcome = joined.getOutcome() == Ran.Outcome.RUNNING
                ? "joined, still running"
                : "joined" + end(joined.getOutcome(), joined.getCause(), joined.getSuccessor());
        return outcome + ", build " + shortId(joined.getBuild()) + " was running it";
    }

    private String ran(Ran ran) {
        String outcome = ran.getOutcome() == Ran.Outcome.RUNNING
                ? "still running"
                : "ran" + end(ran.getOutcome(), ran.getCause(), ran.getSuccessor());
        String seen = ran.getBuild().isEmpty()
                ? ""
                : ", was asked for by build " + shortId(ran.getBuild()) + " " + ago(ran.getSeen());
        return outcome + ", " + reasons(ran.getReasonsList()) + seen;
    }

    /** How a step ended, behind what was decided about it. */
    private static String end(Ran.Outcome outcome, Ran.Cause cause, String successor) {
        return switch (outcome) {
            case FAILED -> " and failed";
            case CANCELLED -> " and was cancelled" + cause(cause);
            case LEFT -> ", was left" + cause(cause) + " and went on" + goingOn(successor);
            default -> "";
        };
    }

    private static String goingOn(String successor) {
        return successor.isEmpty() ? "" : " for build " + shortId(successor);
    }

    private static String cause(Ran.Cause cause) {
        return switch (cause) {
            case NOT_NEEDED -> " (nobody needed it any more)";
            case CLIENT_ENDED -> " (its client ended the session)";
            case CLIENT_LEFT -> " (its client gave up, or left)";
            case CLIENT_SILENT -> " (its client did not answer any more)";
            case ENGINE_STOPPED -> " (the engine was stopped)";
            case ENGINE_DIED -> " (the engine died while it ran)";
            case NONE, UNRECOGNIZED -> "";
        };
    }

    /** Files have paths within their input; where several inputs changed, it is said whose they are. */
    private String reasons(List<Reason> reasons) {
        boolean several = reasons.stream().filter(Reason::hasInputChanged).count() > 1;
        return reasons.stream().map(reason -> reason(reason, several)).collect(Collectors.joining("; "));
    }

    private String reason(Reason reason, boolean several) {
        return switch (reason.getReasonCase()) {
            case NEVER_SEEN -> "never seen before";
            case INPUT_CHANGED -> input(reason.getInputChanged(), several);
            case UPSTREAM_CHANGED -> {
                var change = reason.getUpstreamChanged();
                String step = "step " + change.getStep() + " " + name(change.getName());
                yield "upstream changed: " + step + " ran anew"
                        + upstream(change.getExtent(), change.getFilesList(), change.getMore());
            }
            case OPERATION_CHANGED -> {
                var change = reason.getOperationChanged();
                yield change.getGroup().name().toLowerCase(Locale.ROOT) + " changed: " + change.getName() + " ("
                        + values(change.getBefore(), change.getAfter()) + ")";
            }
            case EVICTED -> {
                var evicted = reason.getEvicted();
                yield "evicted " + Instant.ofEpochSecond(evicted.getAt()) + " (" + ago(evicted.getAt()) + "), policy: "
                        + evicted.getPolicy() + ", " + CacheTable.bytes(evicted.getBytes());
            }
            case LOST -> "its result is gone, longer ago than is known why";
            case UNEXPLAINED -> "unknown: the earlier result is there, and nothing differs that is kept";
            case UNFINISHED ->
                switch (reason.getUnfinished().getOutcome()) {
                    case FAILED -> "failed the last time";
                    case CANCELLED ->
                        "was cancelled the last time"
                                + cause(reason.getUnfinished().getCause());
                    default -> "did not end the last time";
                };
            case EXPIRED -> {
                var expired = reason.getExpired();
                yield "expired: the result of " + ago(expired.getMade()) + " could be used for "
                        + CacheTable.time(Duration.ofMillis(expired.getAge()));
            }
            case FORBIDDEN -> forbidden(reason.getForbidden());
            case NON_DETERMINISTIC -> {
                var change = reason.getNonDeterministic();
                yield "not deterministic: " + numbered(change.getStep(), change.getName())
                        + " gave something else under the same key"
                        + upstream(change.getExtent(), change.getFilesList(), change.getMore());
            }
            case POLICY_CHANGED -> policy(reason.getPolicyChanged());
            case ORDER_CHANGED -> order(reason.getOrderChanged());
            case REASON_NOT_SET -> "for a reason that this version does not know";
        };
    }

    private static String policy(Reason.PolicyChanged change) {
        String step = numbered(change.getStep(), change.getName());
        String before = change.getBefore().isEmpty() ? "another" : change.getBefore();
        String after = change.getAfter().isEmpty() ? "another" : change.getAfter();
        String files = change.getExtent() == Reason.Extent.SAME_FILES
                ? "with the same files"
                : "and its earlier files are not here any more";
        return "upstream policy changed: " + step + " (" + before + " -> " + after + "), " + files;
    }

    private static String order(Reason.OrderChanged change) {
        String step = numbered(change.getStep(), change.getName());
        String build = change.getBuild().isEmpty() ? "" : " of build " + shortId(change.getBuild());
        return switch (change.getHow()) {
            case INSERTED -> "new step before " + step;
            case AFTER_NEW -> step + " before it is new";
            case REMOVED -> step + build + " is no longer there";
            case SWAPPED -> "swapped with " + step;
            case REPLACED -> "in place of " + step;
            case UNRECOGNIZED -> "for a reason that this version does not know";
        };
    }

    private static String numbered(int number, String name) {
        return (number == 0 ? "" : "step " + number + " ") + name(name);
    }

    private static String forbidden(Reason.Forbidden forbidden) {
        return switch (forbidden.getPolicy()) {
            case FRESH -> "forbidden by policy: it may use no result that was made before the query";
            case PER_SESSION -> "forbidden by policy: it may use results of its own session only";
            case UNRECOGNIZED -> "forbidden by a policy that this version does not know";
        };
    }

    private static String input(Reason.InputChanged change, boolean named) {
        String name = name(change.getInput());
        return switch (change.getExtent()) {
            case FILES ->
                "input changed: " + (named ? name + ": " : "") + files(change.getFilesList(), change.getMore());
            case SAME_FILES -> "input changed: " + name + " was made otherwise, with the same files";
            case ADDED -> "input added: " + name;
            case REMOVED -> "input removed: " + name;
            default -> "input changed: " + name + ", the earlier one is not here any more";
        };
    }

    private static String upstream(Reason.Extent extent, List<FileChange> files, int more) {
        return switch (extent) {
            case FILES -> " and changed " + files(files, more);
            case SAME_FILES -> " with the same files";
            default -> "";
        };
    }

    private static String files(List<FileChange> files, int more) {
        String named = files.stream()
                .map(file -> file.getPath() + " (" + values(file.getBefore(), file.getAfter()) + ")")
                .collect(Collectors.joining(", "));
        return more == 0 ? named : named + " and " + more + " more";
    }

    private static String values(String before, String after) {
        if (before.isEmpty()) {
            return "new: " + after;
        }
        return after.isEmpty() ? "gone: " + before : before + " -> " + after;
    }

    List<String> divergences(List<Divergence> divergences) {
        return divergences.isEmpty()
                ? List.of("Both builds asked for the same.")
                : divergences.stream()
                        .map(this::divergence)
                        .map(OutputLines::plain)
                        .toList();
    }

    private String divergence(Divergence divergence) {
        String name = name(divergence.getName());
        if (divergence.getBefore() == 0) {
            return "step " + divergence.getAfter() + " " + name + ": only in the later build"
                    + (divergence.getReasonsCount() == 0 ? "" : ", " + reasons(divergence.getReasonsList()));
        }
        if (divergence.getAfter() == 0) {
            return "step " + divergence.getBefore() + " " + name + " of the earlier build: no longer there";
        }
        String before = divergence.getBefore() == divergence.getAfter()
                ? ""
                : " (step " + divergence.getBefore() + " of the earlier build)";
        return "step " + divergence.getAfter() + " " + name + before + ": " + reasons(divergence.getReasonsList());
    }

    /** The name of a step, in one line that is not too long. */
    static String name(String name) {
        String plain = OutputLines.plain(name.replaceAll("\\s+", " "));
        return Beginning.abbreviated(plain, LONGEST_NAME);
    }

    private String ago(long second) {
        return CacheTable.ago(Duration.between(Instant.ofEpochSecond(second), now));
    }
}
