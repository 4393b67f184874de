package org.buildengine.server.graphql;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.core.Call;
import org.buildengine.server.core.CoreObject;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.op.Vertex;
import org.jspecify.annotations.Nullable;

/** One field of one request being resolved. */
final class FieldCall implements Call {
    /** An id does not fit; carried through the methods of {@link Call}, which declare no checked exception. */
    static final class BadArgumentException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final ApiException error;

        BadArgumentException(ApiException error) {
            super(error);
            this.error = error;
        }

        ApiException error() {
            return error;
        }
    }

    private final String name;
    private final Object receiver;
    private final TypeDefinition.Field field;
    private final Map<String, @Nullable Object> arguments;
    private final DaggerClient client;
    private final RequestJob job;
    private final DoorFields door;

    FieldCall(
            String name,
            Object receiver,
            TypeDefinition.Field field,
            Map<String, @Nullable Object> arguments,
            DaggerClient client,
            RequestJob job,
            DoorFields door) {
        this.name = name;
        this.receiver = receiver;
        this.field = field;
        this.arguments = arguments;
        this.client = client;
        this.job = job;
        this.door = door;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public <T extends CoreObject> T receiver(Class<T> type) {
        return type.cast(receiver);
    }

    @Override
    public boolean has(String argument) {
        return value(argument) != null;
    }

    @Override
    public String text(String argument) {
        return required(argument, String.class);
    }

    @Override
    public Optional<String> optionalText(String argument) {
        return value(argument) instanceof String text && !text.isEmpty() ? Optional.of(text) : Optional.empty();
    }

    @Override
    public long number(String argument) {
        return required(argument, Long.class);
    }

    @Override
    public boolean flag(String argument) {
        return value(argument) != null && required(argument, Boolean.class);
    }

    @Override
    public List<String> texts(String argument) {
        var texts = new ArrayList<String>();
        for (Object element : list(argument)) {
            texts.add((String) element);
        }
        return texts;
    }

    @Override
    @SuppressWarnings("unchecked") // coercion makes nothing but maps with names as keys
    public List<Map<String, Object>> inputs(String argument) {
        var inputs = new ArrayList<Map<String, Object>>();
        for (Object element : list(argument)) {
            inputs.add((Map<String, Object>) element);
        }
        return inputs;
    }

    @Override
    public <T extends CoreObject> T object(String argument, Class<T> type) {
        return load(argument, required(argument, String.class), type);
    }

    @Override
    public <T extends CoreObject> Optional<T> optionalObject(String argument, Class<T> type) {
        return optionalText(argument).map(id -> load(argument, id, type));
    }

    @Override
    public <T extends CoreObject> List<T> objects(String argument, Class<T> type) {
        var objects = new ArrayList<T>();
        for (Object id : list(argument)) {
            objects.add(load(argument, (String) id, type));
        }
        return objects;
    }

    @Override
    public DaggerClient client() {
        return client;
    }

    @Override
    public StoredResult demand(Vertex vertex) throws SolveException, InterruptedException {
        return job.demand(vertex);
    }

    @Override
    public String idOf(CoreObject object) {
        return door.idOf(client.session(), object);
    }

    private <T extends CoreObject> T load(String argument, String id, Class<T> type) {
        String expected = definition(argument).expectedType().orElse("Node");
        try {
            return type.cast(door.expect(client.session(), id, expected));
        } catch (ApiException e) {
            throw new BadArgumentException(e);
        }
    }

    private List<?> list(String argument) {
        return value(argument) instanceof List<?> list ? list : List.of();
    }

    private <T> T required(String argument, Class<T> type) {
        Object value = value(argument);
        if (value == null) {
            throw new IllegalArgumentException(
                    name + " was not given its argument " + argument + "; ask whether it has one before reading it");
        }
        return type.cast(value);
    }

    private @Nullable Object value(String argument) {
        definition(argument);
        return arguments.get(argument);
    }

    private TypeDefinition.Argument definition(String argument) {
        TypeDefinition.Argument definition = field.arguments().get(argument);
        if (definition == null) {
            throw new IllegalArgumentException(name + " has no argument " + argument + " in the schema");
        }
        return definition;
    }
}
