package org.buildengine.server.telemetry;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.buildengine.server.graphql.FieldObserver.FieldStart;
import org.buildengine.session.Beginning;
import org.buildengine.session.wire.call.Argument;
import org.buildengine.session.wire.call.Call;
import org.buildengine.session.wire.call.Literal;
import org.buildengine.session.wire.call.Type;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;
import org.jspecify.annotations.Nullable;

/** How calls are named to clients: a digest over receiver, field and arguments, and the call itself as a message. */
final class CallNames {
    /** Longest text shown of one argument; file contents would fill the stream otherwise. */
    private static final int MAX_TEXT = 512;

    private CallNames() {}

    static Digest digest(Digest receiver, FieldStart start) {
        var encoder = new KeyEncoder().text("call").digest(receiver).text(start.name());
        new TreeMap<>(start.arguments())
                .forEach((name, value) -> encoder.text(name).text(String.valueOf(value)));
        return encoder.finish();
    }

    /** About how many characters the arguments have. */
    static long characters(FieldStart start) {
        return characters(start.arguments());
    }

    private static long characters(@Nullable Object value) {
        return switch (value) {
            case String text -> text.length();
            case Collection<?> list ->
                list.stream().mapToLong(element -> 1 + characters(element)).sum();
            case Map<?, ?> object -> characters(object.values());
            case null, default -> 0;
        };
    }

    /**
     * The call as a message.
     *
     * @param maker the call that made the receiver; empty at the root, and if the client never saw it
     */
    static byte[] encode(FieldStart start, Digest call, Optional<Digest> maker) {
        var message = Call.newBuilder()
                .setReceiverDigest(maker.map(Digest::toString).orElse(""))
                .setType(Type.newBuilder().setNamedType(start.type()))
                .setField(start.name().substring(start.name().indexOf('.') + 1))
                .setDigest(call.toString());
        new TreeMap<>(start.arguments())
                .forEach((name, value) ->
                        message.addArgs(Argument.newBuilder().setName(name).setValue(literal(value))));
        return message.build().toByteArray();
    }

    private static Literal literal(@Nullable Object value) {
        var literal = Literal.newBuilder();
        return switch (value) {
            case null -> literal.setNull(true).build();
            case Boolean flag -> literal.setBool(flag).build();
            case Integer number -> literal.setInt(number).build();
            case Long number -> literal.setInt(number).build();
            case Double number -> literal.setFloat(number).build();
            case List<?> list -> {
                var values = org.buildengine.session.wire.call.List.newBuilder();
                list.forEach(element -> values.addValues(literal(element)));
                yield literal.setList(values).build();
            }
            case Map<?, ?> object -> {
                var values = org.buildengine.session.wire.call.Object.newBuilder();
                object.forEach((name, element) -> values.addValues(
                        Argument.newBuilder().setName(String.valueOf(name)).setValue(literal(element))));
                yield literal.setObject(values).build();
            }
            default -> literal.setString(shortened(value.toString())).build();
        };
    }

    private static String shortened(String text) {
        return text.length() <= MAX_TEXT ? text : Beginning.of(text, MAX_TEXT) + "…";
    }
}
