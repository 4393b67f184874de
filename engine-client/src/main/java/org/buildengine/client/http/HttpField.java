package org.buildengine.client.http;

/**
 * One header line.
 *
 * @param name the name, in the letter case in which it is written
 * @param value the value without surrounding blanks
 */
public record HttpField(String name, String value) {
    /** Refuses what would break out of its line. */
    public HttpField {
        if (name.isEmpty() || name.chars().anyMatch(c -> c <= ' ' || c == ':' || c == 127)) {
            throw new IllegalArgumentException("not a header name: \"" + name + "\"");
        }
        if (value.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0)) {
            throw new IllegalArgumentException("line break in the value of header " + name);
        }
    }
}
