package org.buildengine.session;

import java.util.Collection;
import java.util.Map;
import java.util.StringJoiner;

/** The members of a JSON object (RFC 8259), written in the order in which they are given. Not thread-safe. */
final class JsonMembers {
    private final StringJoiner members = new StringJoiner(",", "{", "}");

    JsonMembers text(String name, String value) {
        return member(name, quoted(value));
    }

    JsonMembers flag(String name, boolean value) {
        return member(name, Boolean.toString(value));
    }

    JsonMembers nothing(String name) {
        return member(name, "null");
    }

    JsonMembers array(String name, Collection<String> values) {
        StringJoiner items = new StringJoiner(",", "[", "]");
        values.forEach(value -> items.add(quoted(value)));
        return member(name, items.toString());
    }

    JsonMembers object(String name, Map<String, String> values) {
        JsonMembers inner = new JsonMembers();
        values.forEach(inner::text);
        return member(name, inner.toString());
    }

    private JsonMembers member(String name, String value) {
        members.add(quoted(name) + ":" + value);
        return this;
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    @Override
    public String toString() {
        return members.toString();
    }
}
