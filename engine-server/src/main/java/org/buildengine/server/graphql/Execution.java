package org.buildengine.server.graphql;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.core.CoreObject;
import org.buildengine.server.graphql.FieldObserver.Observation;
import org.buildengine.server.graphql.language.Argument;
import org.buildengine.server.graphql.language.Document;
import org.buildengine.server.graphql.language.Selection;
import org.buildengine.server.graphql.language.TypeDefinition;
import org.buildengine.server.graphql.language.TypeRef;
import org.buildengine.solver.waiting.Party;
import org.jspecify.annotations.Nullable;

/**
 * Runs one operation. A chain of fields is followed in a loop on one virtual thread; where a document branches (several
 * fields of an object, several elements of a list) every branch but one gets a thread of its own. Nothing waits for
 * what is below it: values are put into the answer where they belong, and a counter per root field says when all of
 * them are there. So neither depth nor width costs stack.
 *
 * <p>The first error below a root field ends that root field: its other branches are interrupted. The other root fields
 * go on, so that each can tell its own error.
 */
final class Execution {
    /** How long a cancelled request waits for its threads to notice. */
    private static final Duration UNWIND = Duration.ofSeconds(5);

    /** What all requests share. */
    record Engine(ApiSchema schema, Coercion coercion, FieldTable fields, DoorFields door) {}

    /** What came out: data, or at least one error. */
    record Outcome(Answer.Obj data, List<GraphqlError> errors) {}

    /** A field to be resolved, and the place of its value in the answer. */
    private record Step(
            Object receiver,
            TypeDefinition.Obj type,
            FieldCollector.Asked asked,
            Answer.Obj target,
            int index,
            ErrorPath path,
            Observation parent) {}

    private final Engine engine;
    private final FieldCollector collector;
    private final DaggerClient client;
    private final RequestJob job;
    private final ErrorWriter errorWriter;
    private final LeafValues leaves;

    Execution(Engine engine, FieldCollector collector, DaggerClient client, RequestJob job, ErrorWriter errorWriter) {
        this.engine = engine;
        this.collector = collector;
        this.client = client;
        this.job = job;
        this.errorWriter = errorWriter;
        this.leaves = new LeafValues(engine.schema(), object -> engine.door().idOf(client.session(), object));
    }

    /** The branches of one root field. */
    private static final class Branches {
        private final AtomicInteger pending = new AtomicInteger();
        private final AtomicReference<@Nullable GraphqlError> failure = new AtomicReference<>();
        private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
        private final CountDownLatch done;

        private Branches(CountDownLatch done) {
            this.done = done;
        }

        private boolean failed() {
            return failure.get() != null;
        }

        private void fail(GraphqlError error) {
            if (failure.compareAndSet(null, error)) {
                for (Thread thread : threads) {
                    if (!thread.equals(Thread.currentThread())) {
                        thread.interrupt();
                    }
                }
            }
        }
    }

    /** Resolves everything that the operation asks for. */
    Outcome run(Document.Operation operation, Observation seen) throws InterruptedException {
        TypeDefinition.Obj query = engine.schema().object(ApiSchema.QUERY);
        List<Step> roots = new ArrayList<>();
        Answer.Obj data =
                object(new DoorFields.QueryRoot(), query, List.of(operation.selections()), ErrorPath.ROOT, seen, roots);
        var done = new CountDownLatch(roots.size());
        var all = new ArrayList<Branches>();
        for (Step root : roots) {
            var branches = new Branches(done);
            all.add(branches);
            fork(branches, root);
        }
        try {
            done.await();
        } catch (InterruptedException e) {
            GraphqlError cancelled = GraphqlError.of("the request was cancelled");
            all.forEach(branches -> branches.fail(cancelled));
            job.close();
            boolean unwound = done.await(UNWIND.toMillis(), TimeUnit.MILLISECONDS);
            if (!unwound) {
                e.addSuppressed(new IllegalStateException("fields are still running " + UNWIND + " after the cancel"));
            }
            throw e;
        }
        List<GraphqlError> errors = new ArrayList<>();
        for (Branches branches : all) {
            Optional.ofNullable(branches.failure.get()).ifPresent(errors::add);
        }
        return new Outcome(data, errors);
    }

    private void fork(Branches branches, Step step) {
        branches.pending.incrementAndGet();
        Thread.ofVirtual().name("field " + step.asked().field().name()).start(() -> {
            branches.threads.add(Thread.currentThread());
            try {
                Party.client(client.toString()).calls(() -> {
                    follow(branches, step);
                    return branches;
                });
            } catch (RuntimeException | Error e) { // an observer failed while it was told of a failure
                branches.fail(errorWriter.write("the request", e, step.path(), Observation.NONE));
            } finally {
                branches.threads.remove(Thread.currentThread());
                if (branches.pending.decrementAndGet() == 0) {
                    branches.done.countDown();
                }
            }
        });
    }

    /** Resolves a field and what is below it, until nothing is left that is not done elsewhere. */
    private void follow(Branches branches, Step first) {
        var local = new ArrayDeque<Step>();
        local.add(first);
        while (!local.isEmpty() && !branches.failed()) {
            var next = new ArrayList<Step>();
            Step step = local.remove();
            try {
                step.target().set(step.index(), resolve(step, next));
            } catch (FieldFailure failure) {
                branches.fail(failure.error());
                return;
            }
            Step kept = null;
            for (Step child : next) {
                if (DoorFields.owns(child.type().name(), child.asked().field().name())) {
                    local.add(child);
                } else if (kept == null) {
                    kept = child;
                } else {
                    fork(branches, child);
                }
            }
            if (kept != null) {
                local.add(kept);
            }
        }
    }

    /** A field failed, and this is what the client is told. */
    private static final class FieldFailure extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient GraphqlError error;

        private FieldFailure(GraphqlError error, Throwable cause) {
            super(error.message(), cause);
            this.error = error;
        }

        private GraphqlError error() {
            return error;
        }
    }

    private @Nullable Object resolve(Step step, List<Step> next) throws FieldFailure {
        Selection.Field field = step.asked().field();
        Observation seen = step.parent();
        Observation own = Observation.NONE;
        try {
            if (field.name().equals("__typename")) {
                return step.type().name();
            }
            TypeDefinition.Field definition = step.type().fields().get(field.name());
            if (definition == null) {
                throw new IllegalStateException("the document was not checked against the schema");
            }
            checkSelections(step.asked(), definition);
            Map<String, @Nullable Object> arguments = arguments(field, definition);
            if (SchemaQuestions.owns(step.type().name(), field.name())) {
                return SchemaQuestions.answer(step.asked(), collector);
            }
            Object value;
            if (DoorFields.owns(step.type().name(), field.name())) {
                value = engine.door()
                        .resolve(client.session(), step.receiver(), step.type().name(), field.name(), arguments);
            } else {
                own = observe(step, definition, arguments);
                seen = own;
                value = call(step, definition, arguments);
            }
            ErrorPath path = step.path().below(field.name());
            Object completed = complete(value, definition, definition.type(), step, path, seen, next);
            end(own, value, Optional.empty());
            return completed;
        } catch (Throwable e) { // whatever it is, the client has to be told, and the other branches ended
            Throwable error = e instanceof FieldCall.BadArgumentException bad ? bad.error() : e;
            end(own, null, Optional.of(error));
            String name = step.type().name() + "." + field.name();
            throw new FieldFailure(errorWriter.write(name, error, step.path().below(field.key()), seen), error);
        }
    }

    private @Nullable Object call(Step step, TypeDefinition.Field definition, Map<String, @Nullable Object> arguments)
            throws Exception {
        String type = step.type().name();
        String name = type + "." + definition.name();
        var resolver = engine.fields()
                .find(type, definition.name())
                .orElseThrow(() -> new ApiException("UNSUPPORTED", name + " is not supported by this engine yet"));
        return resolver.resolve(
                new FieldCall(name, step.receiver(), definition, arguments, client, job, engine.door()));
    }

    private Observation observe(Step step, TypeDefinition.Field definition, Map<String, @Nullable Object> arguments) {
        if (!(step.receiver() instanceof CoreObject receiver)) {
            return Observation.NONE;
        }
        var shown = new LinkedHashMap<String, @Nullable Object>();
        for (Argument given : step.asked().field().arguments()) {
            boolean secret = given.name().equals("plaintext");
            shown.put(given.name(), secret ? "***" : arguments.get(given.name()));
        }
        Selection.Field field = step.asked().field();
        return step.parent()
                .field(new FieldObserver.FieldStart(
                        step.type().name() + "." + field.name(),
                        field.key(),
                        definition.type().name(),
                        receiver,
                        shown));
    }

    private static void end(Observation own, @Nullable Object value, Optional<Throwable> error) {
        Optional<CoreObject> object = value instanceof CoreObject found ? Optional.of(found) : Optional.empty();
        own.ended(new FieldObserver.FieldEnd(object, error));
    }

    private void checkSelections(FieldCollector.Asked asked, TypeDefinition.Field definition) throws ApiException {
        boolean composite = engine.schema().isComposite(definition.type().name());
        if (asked.hasSelections() != composite) {
            throw new ApiException(
                    "INVALID_SELECTION",
                    "field \"" + definition.name() + "\" of type \""
                            + definition.type().nullable()
                            + (composite
                                    ? "\" must have a selection of subfields"
                                    : "\" must not have a selection of subfields: it has none"));
        }
    }

    private Map<String, @Nullable Object> arguments(Selection.Field field, TypeDefinition.Field definition)
            throws ApiException {
        var values = new LinkedHashMap<String, @Nullable Object>();
        for (TypeDefinition.Argument argument : definition.arguments().values()) {
            try {
                Object value = null;
                for (Argument given : field.arguments()) {
                    if (given.name().equals(argument.name())) {
                        value = engine.coercion()
                                .literal(given.value(), argument.type().nullable(), collector.variables());
                    }
                }
                value = engine.coercion().orDefault(value, argument);
                if (value == null && argument.type().required()) {
                    throw new Coercion.MisfitException(
                            "cannot create " + argument.type().name() + " from null");
                }
                values.put(argument.name(), value);
            } catch (Coercion.MisfitException e) {
                throw new ApiException("INVALID_ARGUMENT", Validator.misfit(field.name(), argument, e));
            }
        }
        return values;
    }

    /** Makes of a resolved value what stands in the answer, and finds what is to be resolved below it. */
    private @Nullable Object complete(
            @Nullable Object value,
            TypeDefinition.Field definition,
            TypeRef type,
            Step step,
            ErrorPath path,
            Observation seen,
            List<Step> next)
            throws ApiException {
        if (value == null) {
            if (type.required() && !type.name().equals("Void")) {
                throw new IllegalStateException("resolved to null although it is declared as " + type);
            }
            return null;
        }
        if (type.nullable() instanceof TypeRef.ListOf(var element)) {
            if (!(value instanceof List<?> list)) {
                throw new IllegalStateException(
                        "resolved to " + value.getClass().getSimpleName() + " although it is declared as " + type);
            }
            var many = new Answer.Many(list.size());
            for (int i = 0; i < list.size(); i++) {
                many.set(i, complete(list.get(i), definition, element, step, path.below(i), seen, next));
            }
            return many;
        }
        if (engine.schema().isComposite(type.name())) {
            return object(value, runtimeType(value, type.name()), step.asked().below(), path, seen, next);
        }
        return leaves.leaf(value, type.name());
    }

    private TypeDefinition.Obj runtimeType(Object value, String declared) {
        if (!(value instanceof CoreObject object)) {
            return engine.schema().object(declared);
        }
        if (!engine.schema().isA(object.typeName(), declared)) {
            throw new IllegalStateException(
                    "resolved to a " + object.typeName() + " although it is declared as " + declared);
        }
        return engine.schema().object(object.typeName());
    }

    private Answer.Obj object(
            Object receiver,
            TypeDefinition.Obj type,
            List<List<Selection>> sets,
            ErrorPath path,
            Observation seen,
            List<Step> next) {
        List<FieldCollector.Asked> fields = collector.collect(sets, type);
        var target =
                new Answer.Obj(fields.stream().map(asked -> asked.field().key()).toList());
        for (int i = 0; i < fields.size(); i++) {
            next.add(new Step(receiver, type, fields.get(i), target, i, path, seen));
        }
        return target;
    }
}
