package org.buildengine.server.graphql;

import java.util.Map;
import java.util.Optional;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.core.CoreObject;
import org.jspecify.annotations.Nullable;

/**
 * Told about every operation and every resolved field. Called on the threads that resolve the fields, for siblings
 * concurrently; must neither block for long nor throw.
 */
@FunctionalInterface
public interface FieldObserver {
    /** Sees nothing. */
    FieldObserver NONE = (client, operation, headers) -> Observation.NONE;

    /**
     * An operation starts.
     *
     * @param operation its name, or the empty text
     * @param headers the request's headers by lower-case name; {@code traceparent} is among them if the client sent it
     * @return the parent of the observations of its root fields
     */
    Observation operation(DaggerClient client, String operation, Map<String, String> headers);

    /** One operation, or one field being resolved. */
    interface Observation {
        /** Sees nothing and has no origin to offer. */
        Observation NONE = new Observation() {};

        /** A field below this one starts; fields of the door itself (ids, type names, introspection) are left out. */
        default Observation field(FieldStart start) {
            return this;
        }

        /** The value is there, or the field failed. Called once. */
        default void ended(FieldEnd end) {}

        /**
         * Where a late error comes from, as {@code <32 hex digits of the trace>-<16 hex digits of the span>}. If empty,
         * the door makes one up.
         */
        default Optional<String> origin(Throwable error) {
            return Optional.empty();
        }
    }

    /**
     * The start of a field.
     *
     * @param name parent type and field, e.g. {@code Container.withExec}
     * @param key the response key: the alias, or the field's name
     * @param type name of the type that it resolves to; of a list, the type of its elements
     * @param receiver the object whose field it is
     * @param arguments the arguments as given, defaults not applied; plain JSON values, safe to print but for the
     *     plaintext of secrets, which is left out
     */
    record FieldStart(
            String name, String key, String type, CoreObject receiver, Map<String, @Nullable Object> arguments) {}

    /**
     * The end of a field.
     *
     * @param object what it resolved to; empty for values, lists, null, and on failure
     * @param error why it failed, if it did
     */
    record FieldEnd(Optional<CoreObject> object, Optional<Throwable> error) {}
}
