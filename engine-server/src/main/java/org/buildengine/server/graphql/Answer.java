package org.buildengine.server.graphql;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The body of an answer. Written with a stack of its own: data is as deep as the document was. */
final class Answer {
    /** An object of the answer; its values are set by the threads that resolve them. */
    static final class Obj {
        private final String[] keys;
        private final @Nullable Object[] values;

        Obj(List<String> keys) {
            this.keys = keys.toArray(String[]::new);
            this.values = new Object[keys.size()];
        }

        void set(int index, @Nullable Object value) {
            values[index] = value;
        }
    }

    /** A list of the answer. */
    static final class Many {
        private final @Nullable Object[] values;

        Many(int size) {
            this.values = new Object[size];
        }

        void set(int index, @Nullable Object value) {
            values[index] = value;
        }
    }

    /** An object or list that is being written. */
    private static final class Frame {
        private final @Nullable Object[] values;
        private final String @Nullable [] keys;
        private int next;

        private Frame(@Nullable Object[] values, String @Nullable [] keys) {
            this.values = values;
            this.keys = keys;
        }
    }

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamWriteConstraints(StreamWriteConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .build())
            .build();

    private Answer() {}

    static byte[] data(Obj data) {
        return write(out -> {
            out.writeFieldName("data");
            value(out, data);
        });
    }

    static byte[] errors(List<GraphqlError> errors) {
        return write(out -> {
            out.writeArrayFieldStart("errors");
            for (GraphqlError error : errors) {
                error(out, error);
            }
            out.writeEndArray();
            out.writeNullField("data");
        });
    }

    /** Writes the members of an object. */
    private interface Members {
        void write(JsonGenerator out) throws IOException;
    }

    private static byte[] write(Members members) {
        var bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            members.write(out);
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        }
        return bytes.toByteArray();
    }

    private static void error(JsonGenerator out, GraphqlError error) throws IOException {
        out.writeStartObject();
        out.writeStringField("message", error.message());
        if (!error.path().isEmpty()) {
            out.writeFieldName("path");
            plain(out, error.path());
        }
        if (error.location().isPresent()) {
            out.writeArrayFieldStart("locations");
            out.writeStartObject();
            out.writeNumberField("line", error.location().get().line());
            out.writeNumberField("column", error.location().get().column());
            out.writeEndObject();
            out.writeEndArray();
        }
        if (!error.extensions().isEmpty()) {
            out.writeFieldName("extensions");
            plain(out, error.extensions());
        }
        out.writeEndObject();
    }

    /** Values of extensions, which are shallow: maps, lists and leaves. */
    private static void plain(JsonGenerator out, @Nullable Object value) throws IOException {
        switch (value) {
            case Map<?, ?> map -> {
                out.writeStartObject();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.writeFieldName(String.valueOf(entry.getKey()));
                    plain(out, entry.getValue());
                }
                out.writeEndObject();
            }
            case Iterable<?> list -> {
                out.writeStartArray();
                for (Object element : list) {
                    plain(out, element);
                }
                out.writeEndArray();
            }
            case null, default -> leaf(out, value);
        }
    }

    private static void value(JsonGenerator out, Object root) throws IOException {
        var open = new ArrayDeque<Frame>();
        open.push(start(out, root));
        while (!open.isEmpty()) {
            Frame frame = open.element();
            if (frame.next == frame.values.length) {
                open.pop();
                if (frame.keys == null) {
                    out.writeEndArray();
                } else {
                    out.writeEndObject();
                }
                continue;
            }
            int index = frame.next++;
            if (frame.keys != null) {
                out.writeFieldName(frame.keys[index]);
            }
            Object value = frame.values[index];
            if (value instanceof Obj || value instanceof Many) {
                open.push(start(out, value));
            } else {
                leaf(out, value);
            }
        }
    }

    private static Frame start(JsonGenerator out, Object node) throws IOException {
        if (node instanceof Obj object) {
            out.writeStartObject();
            return new Frame(object.values, object.keys);
        }
        out.writeStartArray();
        return new Frame(((Many) node).values, null);
    }

    private static void leaf(JsonGenerator out, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> out.writeNull();
            case String text -> out.writeString(text);
            case Boolean flag -> out.writeBoolean(flag);
            case Double number -> out.writeNumber(number);
            case Number number -> out.writeNumber(number.longValue());
            default -> out.writeString(value.toString());
        }
    }
}
