package org.buildengine.server.exec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who a process is.
 *
 * @param uid user, below 2^31
 * @param gid group, below 2^31
 * @param groups further groups, sorted
 * @param home home directory
 */
record Identity(int uid, int gid, List<Integer> groups, String home) {
    /** Digits of the largest number of 32 bits. */
    private static final int LONGEST = 10;

    Identity {
        groups = List.copyOf(groups);
    }

    /** The user or group of an execution is not known to its tree. */
    static final class UnknownException extends Exception {
        private static final long serialVersionUID = 1L;

        UnknownException(String message) {
            super(message);
        }
    }

    /**
     * Finds who is meant.
     *
     * @param user {@code name|uid[:group|gid]}; empty for root
     * @param passwd content of {@code /etc/passwd}
     * @param group content of {@code /etc/group}
     */
    static Identity find(String user, String passwd, String group) throws UnknownException {
        int colon = user.indexOf(':');
        String userPart = colon < 0 ? user : user.substring(0, colon);
        String groupPart = colon < 0 ? "" : user.substring(colon + 1);
        String wanted = userPart.isEmpty() ? "0" : userPart;
        Optional<List<String>> entry = user(wanted, passwd);
        int uid;
        if (entry.isPresent()) {
            uid = id(entry.get().get(2)).orElseThrow();
        } else {
            uid = id(wanted)
                    .orElseThrow(() -> new UnknownException(
                            "unable to find user " + userPart + ": no matching entries in passwd file"));
        }
        int primary = entry.flatMap(fields -> id(fields.get(3))).orElse(0);
        String home = entry.filter(fields -> fields.size() > 5 && !fields.get(5).isEmpty())
                .map(fields -> fields.get(5))
                .orElse("/");
        if (!groupPart.isEmpty()) {
            return new Identity(uid, gid(groupPart, group), List.of(), home);
        }
        List<Integer> further =
                entry.map(fields -> memberships(fields.getFirst(), group)).orElse(List.of());
        return new Identity(uid, primary, further, home);
    }

    private static Optional<List<String>> user(String wanted, String passwd) {
        Optional<List<String>> byName = entries(passwd, wanted, 4)
                .filter(fields ->
                        fields.getFirst().equals(wanted) && id(fields.get(2)).isPresent())
                .findFirst();
        Optional<Integer> number = id(wanted);
        if (byName.isPresent() || number.isEmpty()) {
            return byName;
        }
        return entries(passwd, number.get().toString(), 4)
                .filter(fields -> id(fields.get(2)).equals(number))
                .findFirst();
    }

    private static int gid(String wanted, String group) throws UnknownException {
        Optional<Integer> byName = entries(group, wanted, 3)
                .filter(fields -> fields.getFirst().equals(wanted))
                .flatMap(fields -> id(fields.get(2)).stream())
                .findFirst();
        return byName.or(() -> id(wanted))
                .orElseThrow(() ->
                        new UnknownException("unable to find group " + wanted + ": no matching entries in group file"));
    }

    private static List<Integer> memberships(String name, String group) {
        var found = new ArrayList<Integer>();
        entries(group, name, 4)
                .filter(fields -> List.of(fields.get(3).split(",", -1)).contains(name))
                .forEach(fields -> id(fields.get(2)).ifPresent(found::add));
        return found.stream().distinct().sorted().toList();
    }

    /** The entries in which a word occurs, wherever that is, and that have enough fields. */
    private static java.util.stream.Stream<List<String>> entries(String file, String word, int atLeast) {
        return file.lines()
                .filter(line -> line.contains(word))
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(line -> List.of(line.split(":", -1)))
                .filter(fields -> fields.size() >= atLeast && !fields.getFirst().isEmpty());
    }

    /** A number that is a valid user or group; none for names and for what would overflow. */
    private static Optional<Integer> id(String text) {
        if (text.isEmpty() || text.length() > LONGEST || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        long number = Long.parseLong(text);
        return number <= Integer.MAX_VALUE ? Optional.of((int) number) : Optional.empty();
    }
}
