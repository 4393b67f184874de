package org.buildengine.solver.evidence;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Whose changes the files are that differ in what a step only passes on: a file of its result that differs just as it does in what
 * it worked on was not changed by the step.
 *
 * @param files each with the reason that it belongs to, which has no files here
 * @param others what files belong to that were too many to be found one by one
 */
record Origins(Map<FileChange, Reason> files, Optional<Reason> others) {
    static final Origins NONE = new Origins(Map.of(), Optional.empty());

    /** Of a step that works on what changed so. */
    static Origins of(List<Reason> reasons) {
        var files = new HashMap<FileChange, Reason>();
        Optional<Reason> others = Optional.empty();
        for (Reason reason : reasons) {
            Reason bare = with(reason, List.of(), 0);
            Reason.InputChanged change = change(reason);
            change.files().forEach(file -> files.put(file, bare));
            if (change.more() > 0 && others.isEmpty()) {
                others = Optional.of(bare);
            }
        }
        return files.isEmpty() ? NONE : new Origins(files, others);
    }

    /** All of them as reasons; empty if there are none. */
    Optional<List<Reason>> all() {
        Map<Reason, List<FileChange>> parts = new LinkedHashMap<>();
        files.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(Comparator.comparing(FileChange::path)))
                .forEach(entry -> parts.computeIfAbsent(entry.getValue(), _ -> new ArrayList<>())
                        .add(entry.getKey()));
        return parts.isEmpty() ? Optional.empty() : Optional.of(parts(parts, 0));
    }

    private static List<Reason> parts(Map<Reason, List<FileChange>> parts, int more) {
        var reasons = new ArrayList<Reason>();
        parts.forEach((whose, part) -> reasons.add(with(whose, part, reasons.size() == parts.size() - 1 ? more : 0)));
        return reasons;
    }

    /**
     * Divides a change of the step's result among those whose it is.
     *
     * @param own what belongs to nobody else is the step's own
     */
    List<Reason> divide(Reason.InputChanged change, Reason own) {
        Reason bare = with(own, List.of(), 0);
        Map<Reason, List<FileChange>> parts = new LinkedHashMap<>();
        for (FileChange file : change.files()) {
            Reason whose = files.getOrDefault(file, others.orElse(bare));
            parts.computeIfAbsent(whose, _ -> new ArrayList<>()).add(file);
        }
        return parts(parts, change.more());
    }

    /** The same with as many files as are kept. */
    static Reason shortened(Reason reason) {
        Reason.InputChanged change = change(reason);
        int surplus = change.files().size() - TreeComparison.MOST_NAMED;
        return surplus <= 0
                ? reason
                : with(reason, change.files().subList(0, TreeComparison.MOST_NAMED), change.more() + surplus);
    }

    /** The same with files that lie elsewhere in what is made of an input; those that it does not have are left out. */
    static Reason moved(Reason reason, Function<String, Optional<String>> places) {
        Reason.InputChanged change = change(reason);
        var files = new ArrayList<FileChange>();
        for (FileChange file : change.files()) {
            places.apply(file.path()).ifPresent(path -> files.add(new FileChange(path, file.before(), file.after())));
        }
        return change.files().isEmpty() ? reason : with(reason, files, change.more());
    }

    private static Reason.InputChanged change(Reason reason) {
        return switch (reason) {
            case Reason.InputChanged change -> change;
            case Reason.UpstreamChanged change ->
                new Reason.InputChanged("", change.extent(), change.files(), change.more());
            case Reason.NonDeterministic change ->
                new Reason.InputChanged("", change.extent(), change.files(), change.more());
            default -> new Reason.InputChanged("", Reason.Extent.UNKNOWN, List.of(), 0);
        };
    }

    private static Reason with(Reason reason, List<FileChange> files, int more) {
        var part = new Reason.InputChanged(
                reason instanceof Reason.InputChanged change ? change.input() : "", Reason.Extent.FILES, files, more);
        return switch (reason) {
            case Reason.InputChanged _ -> part;
            case Reason.Upstream upstream -> upstream.through(part);
            default -> reason;
        };
    }
}
