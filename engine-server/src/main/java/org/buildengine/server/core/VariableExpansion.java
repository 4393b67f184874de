package org.buildengine.server.core;

import java.util.Map;
import java.util.Set;

/**
 * Replaces {@code $NAME} and <code>${NAME}</code> in texts. Knows names only: what stands between braces is taken as a
 * name whole, unset names are empty, there is no escape.
 */
final class VariableExpansion {
    private static final String SPECIAL = "*#$@!?-0123456789";

    private final Map<String, String> values;
    private final Set<String> secrets;

    /**
     * An expansion.
     *
     * @param values variables by name
     * @param secrets variables that must not be named, since their values are secret
     */
    VariableExpansion(Map<String, String> values, Set<String> secrets) {
        this.values = Map.copyOf(values);
        this.secrets = Set.copyOf(secrets);
    }

    /**
     * The text with its variables replaced.
     *
     * @throws ApiException if it names a secret
     */
    String expand(String text) throws ApiException {
        var expanded = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != '$' || at + 1 == text.length()) {
                expanded.append(c);
                at++;
                continue;
            }
            int end = text.charAt(at + 1) == '{' ? braces(text, at + 1) : plain(text, at + 1);
            String name = name(text.substring(at + 1, end));
            if (end == at + 1) {
                expanded.append('$');
            } else if (!name.isEmpty()) {
                expanded.append(value(name));
            }
            at = end;
        }
        return expanded.toString();
    }

    private String value(String name) throws ApiException {
        if (secrets.contains(name)) {
            throw new ApiException(
                    "INVALID_ARGUMENT", "expand cannot be used with secret env variable \"" + name + "\"");
        }
        return values.getOrDefault(name, "");
    }

    /** The end of what begins with a brace: behind the closing one, or behind the brace itself if none closes it. */
    private static int braces(String text, int from) {
        int close = text.indexOf('}', from);
        return close < 0 ? from + 1 : close + 1;
    }

    private static int plain(String text, int from) {
        if (SPECIAL.indexOf(text.charAt(from)) >= 0) {
            return from + 1;
        }
        int end = from;
        while (end < text.length() && isNameCharacter(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isNameCharacter(char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static String name(String found) {
        if (!found.startsWith("{")) {
            return found;
        }
        return found.endsWith("}") ? found.substring(1, found.length() - 1) : "";
    }
}
