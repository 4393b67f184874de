package org.buildengine.server.graphql;

import java.util.Map;
import java.util.Optional;
import org.buildengine.server.DaggerSession;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.core.CoreObject;
import org.buildengine.snapshotter.Digest;
import org.jspecify.annotations.Nullable;

/** The fields that the door answers itself: ids and what is loaded by them, and what it knows about the engine. */
final class DoorFields {
    /** The object whose fields are the root fields. */
    record QueryRoot() implements CoreObject {
        private static final Digest DIGEST = Digest.of("query root");

        @Override
        public String typeName() {
            return ApiSchema.QUERY;
        }

        @Override
        public Digest digest() {
            return DIGEST;
        }
    }

    private final ApiSchema schema;
    private final EngineFacts facts;
    private final ObjectTable objects;

    DoorFields(ApiSchema schema, EngineFacts facts, ObjectTable objects) {
        this.schema = schema;
        this.facts = facts;
        this.objects = objects;
    }

    /** Whether {@code field} of {@code type} is one of these; none of them blocks. */
    static boolean owns(String type, String field) {
        if (field.equals("id") || field.startsWith("__")) {
            return true;
        }
        return type.equals(ApiSchema.QUERY)
                && (field.equals("node")
                        || field.equals("version")
                        || field.equals("defaultPlatform")
                        || loaded(field).isPresent());
    }

    /** The type that a {@code load<T>FromID} loads. */
    private static Optional<String> loaded(String field) {
        return field.startsWith("load") && field.endsWith("FromID")
                ? Optional.of(field.substring("load".length(), field.length() - "FromID".length()))
                : Optional.empty();
    }

    @Nullable
    Object resolve(
            DaggerSession session, Object receiver, String type, String field, Map<String, @Nullable Object> arguments)
            throws ApiException {
        if (field.equals("__typename")) {
            return type;
        }
        if (field.equals("id")) {
            return receiver instanceof CoreObject object ? idOf(session, object) : null;
        }
        return switch (field) {
            case "version", ApiSchema.VERSION_FIELD -> facts.version();
            case "defaultPlatform" -> facts.defaultPlatform();
            case "node" -> find(session, String.valueOf(arguments.get("id")));
            default -> load(session, loaded(field).orElseThrow(), String.valueOf(arguments.get("id")));
        };
    }

    /** The id of an object, which the session keeps from now on. */
    String idOf(DaggerSession session, CoreObject object) {
        return new ObjectId(objects.put(session, object), object.typeName()).encode();
    }

    /** The object behind an id that is given as an argument. */
    CoreObject expect(DaggerSession session, String id, String expected) throws ApiException {
        ObjectId parsed = ObjectId.decode(id);
        if (!schema.isA(parsed.type(), expected)) {
            throw new ApiException("WRONG_TYPE", "expected \"" + expected + "\" ID, got " + parsed.type() + "! ID");
        }
        CoreObject object = find(session, id);
        if (!schema.isA(object.typeName(), expected)) {
            throw new ApiException("WRONG_TYPE", "expected \"" + expected + "\" ID, got " + object.typeName() + "! ID");
        }
        return object;
    }

    private CoreObject load(DaggerSession session, String type, String id) throws ApiException {
        CoreObject object = find(session, id);
        if (!schema.isA(object.typeName(), type)) {
            throw new ApiException("WRONG_TYPE", "load " + type + ": expected " + type + ", got " + object.typeName());
        }
        return object;
    }

    private CoreObject find(DaggerSession session, String id) throws ApiException {
        ObjectId parsed = ObjectId.decode(id);
        return objects.get(session, parsed.number())
                .orElseThrow(() -> new ApiException(
                        "NOT_FOUND",
                        "resolve result " + Long.toUnsignedString(parsed.number())
                                + ": missing shared result; ids are valid while a session that saw them lives"));
    }
}
