package org.buildengine.client.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A request or response head: the start line and the fields, in their order.
 *
 * @param start the start line without its line break
 * @param fields the header fields
 */
public record HttpHead(String start, List<HttpField> fields) {
    /** Fields that speak about one connection and never travel further (RFC 9110, 7.6.1). */
    private static final Set<String> HOP_BY_HOP =
            Set.of("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade");

    private static final int MAX_BYTES = 1 << 20;

    /** Copies the list, so that a head never changes. */
    public HttpHead {
        fields = List.copyOf(fields);
    }

    /**
     * Reads a head.
     *
     * @param in where the head begins
     * @return the head
     * @throws IOException if the stream ends inside it, or it is malformed or longer than one MiB
     */
    public static HttpHead read(HttpInput in) throws IOException {
        int left = MAX_BYTES;
        String start = in.readLine(left);
        List<HttpField> fields = new ArrayList<>();
        left -= start.length();
        for (String line = in.readLine(left); !line.isEmpty(); line = in.readLine(left)) {
            left -= line.length();
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("malformed HTTP header line \"" + abridged(line) + "\"");
            }
            try {
                fields.add(new HttpField(
                        line.substring(0, colon), line.substring(colon + 1).strip()));
            } catch (IllegalArgumentException e) {
                throw new IOException("malformed HTTP header line \"" + abridged(line) + "\"", e);
            }
        }
        return new HttpHead(start, fields);
    }

    /** The first value of a field, found whatever its letter case. */
    public Optional<String> first(String name) {
        return fields.stream()
                .filter(field -> field.name().equalsIgnoreCase(name))
                .map(HttpField::value)
                .findFirst();
    }

    /** Whether a field lists a token, such as {@code close} in {@code Connection}. */
    public boolean lists(String name, String token) {
        return fields.stream()
                .filter(field -> field.name().equalsIgnoreCase(name))
                .flatMap(field -> List.of(field.value().split(",")).stream())
                .anyMatch(item -> item.strip().equalsIgnoreCase(token));
    }

    /** The fields that a proxy passes on. */
    public List<HttpField> endToEnd() {
        return fields.stream()
                .filter(field -> !HOP_BY_HOP.contains(field.name().toLowerCase(Locale.ROOT)))
                .toList();
    }

    /**
     * The status code of a response head. Dagger's engine answers {@code HTTP/0.0 101} to an attach, so the version is
     * not looked at.
     *
     * @return the code
     * @throws IOException if the start line is no status line
     */
    public int status() throws IOException {
        String[] parts = start.split(" ", 3);
        if (parts.length < 2 || !parts[0].startsWith("HTTP/") || !parts[1].matches("[1-9][0-9][0-9]")) {
            throw new IOException("not an HTTP answer: \"" + abridged(start) + "\"");
        }
        return Integer.parseInt(parts[1]);
    }

    /**
     * Writes the head with its closing empty line, without flushing.
     *
     * @param out where to
     * @throws IOException if writing fails
     */
    public void writeTo(OutputStream out) throws IOException {
        StringBuilder text = new StringBuilder(start).append("\r\n");
        for (HttpField field : fields) {
            text.append(field.name()).append(": ").append(field.value()).append("\r\n");
        }
        out.write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String abridged(String line) {
        return line.length() <= 60 ? line : line.substring(0, 60) + "...";
    }
}
