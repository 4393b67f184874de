package org.buildengine.server.core;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.TestClients;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.op.Vertex;

/** A call with arguments given by the test; demands run in a {@link PlainJob}. */
final class FakeCall implements Call {
    private final CoreObject receiver;
    private final Map<String, Object> arguments = new HashMap<>();
    private final PlainJob job = new PlainJob(new MemoryTrees());

    private FakeCall(CoreObject receiver) {
        this.receiver = receiver;
    }

    static FakeCall on(CoreObject receiver) {
        return new FakeCall(receiver);
    }

    FakeCall with(String argument, Object value) {
        arguments.put(argument, value);
        return this;
    }

    /** Resolves {@code type.field} of the registered fields. */
    Object resolve(String name) throws Exception {
        var resolvers = new HashMap<String, FieldResolver>();
        CoreFields.register(
                (type, field, resolver) -> resolvers.put(type + "." + field, resolver),
                CoreDoor.facilities(new MemoryTrees()));
        return Objects.requireNonNull(
                Objects.requireNonNull(resolvers.get(name), name).resolve(this));
    }

    @Override
    public String name() {
        return "Test.field";
    }

    @Override
    public <T extends CoreObject> T receiver(Class<T> type) {
        return type.cast(receiver);
    }

    @Override
    public boolean has(String argument) {
        return arguments.containsKey(argument);
    }

    @Override
    public String text(String argument) {
        return (String) arguments.getOrDefault(argument, "");
    }

    @Override
    public Optional<String> optionalText(String argument) {
        return Optional.of(text(argument)).filter(text -> !text.isEmpty());
    }

    @Override
    public long number(String argument) {
        return (Long) Objects.requireNonNull(arguments.get(argument), argument);
    }

    @Override
    public boolean flag(String argument) {
        return Boolean.TRUE.equals(arguments.get(argument));
    }

    @Override
    public List<String> texts(String argument) {
        return ((List<?>) arguments.getOrDefault(argument, List.of()))
                .stream().map(String.class::cast).toList();
    }

    @Override
    public List<Map<String, Object>> inputs(String argument) {
        return List.of();
    }

    @Override
    public <T extends CoreObject> T object(String argument, Class<T> type) {
        return type.cast(Objects.requireNonNull(arguments.get(argument), argument));
    }

    @Override
    public <T extends CoreObject> Optional<T> optionalObject(String argument, Class<T> type) {
        return Optional.ofNullable(arguments.get(argument)).map(type::cast);
    }

    @Override
    public <T extends CoreObject> List<T> objects(String argument, Class<T> type) {
        return ((List<?>) arguments.getOrDefault(argument, List.of()))
                .stream().map(type::cast).toList();
    }

    @Override
    public DaggerClient client() {
        return TestClients.client(TestClients.session("s"));
    }

    @Override
    public StoredResult demand(Vertex vertex) throws SolveException, InterruptedException {
        return job.demand(vertex);
    }

    @Override
    public String idOf(CoreObject object) {
        return object.digest().toString();
    }
}
