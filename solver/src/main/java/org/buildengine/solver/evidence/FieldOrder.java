package org.buildengine.solver.evidence;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.buildengine.solver.evidence.Field.Group;

/** Tells when things come in another order where the order counts, although they are the same. */
final class FieldOrder {
    private FieldOrder() {}

    /** Of the variables that are in both, by name. */
    static Optional<Reason> variables(Map<String, Field> before, Map<String, Field> after) {
        Predicate<Map.Entry<String, Field>> variable = field ->
                field.getValue().group() == Group.ENVIRONMENT && !field.getKey().startsWith(OpFields.SECRET);
        return of(
                Group.ENVIRONMENT,
                "order of variables",
                names(before, after, variable),
                names(after, before, variable));
    }

    /** Of the mounts that are in both, by place. */
    static Optional<Reason> mounts(Map<String, Field> before, Map<String, Field> after) {
        Predicate<Map.Entry<String, Field>> mount = field -> field.getKey().startsWith(OpFields.MOUNT);
        return of(Group.SETTING, "order of mounts", names(before, after, mount), names(after, before, mount));
    }

    private static List<String> names(
            Map<String, Field> fields, Map<String, Field> others, Predicate<Map.Entry<String, Field>> kind) {
        return fields.entrySet().stream()
                .filter(kind)
                .map(Map.Entry::getKey)
                .filter(others::containsKey)
                .toList();
    }

    /** Names what is between the parts that are the same at both ends. */
    private static Optional<Reason> of(Group group, String name, List<String> before, List<String> after) {
        if (before.equals(after)) {
            return Optional.empty();
        }
        int first = 0;
        while (before.get(first).equals(after.get(first))) {
            first++;
        }
        int end = before.size();
        while (before.get(end - 1).equals(after.get(end - 1))) {
            end--;
        }
        return Optional.of(new Reason.OperationChanged(
                group, name, text(before.subList(first, end)), text(after.subList(first, end))));
    }

    private static String text(List<String> names) {
        return Field.abbreviated(names.stream()
                .map(name -> name.startsWith(OpFields.MOUNT) ? name.substring(OpFields.MOUNT.length()) : name)
                .collect(Collectors.joining(", ")));
    }
}
