package org.buildengine.solver.simulation;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.Headroom;
import org.buildengine.solver.Job;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.OwnRuns;
import org.buildengine.solver.Runners;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.Solver;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.events.MemoryLogs;
import org.buildengine.solver.nested.BuildRunner;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;

/**
 * One seed: sessions ask for parts of one graph, give up and leave, while a collector forgets and faults strike. In the end
 * all is calm, and one more session must get everything. For one platform thread.
 */
final class World {
    private static final Duration LONG = Duration.ofHours(1);

    private final SplittableRandom random;
    private final Schedule schedule;
    private final Chaos chaos;
    private final Interpreter interpreter;
    private final Policies policies;
    private final List<Story> stories = new ArrayList<>();
    private final Printed printed = new Printed();
    private final List<EventLog> logs = new ArrayList<>();
    private final Judge judge;
    private final SimulatedStore store;
    private final List<Vertex> graph;
    private final BuildRunner builds;
    private final Solver solver;
    private final boolean closesEarly;

    /** How many milliseconds a run takes at most. */
    private final int slowness;

    private boolean closing;
    private int fetches;
    private int numbers;

    /** One job in so many has no log. */
    private final int logless;

    /** The world of a seed; {@code solverType} is the class of the solver, loaded so that it can be interrupted. */
    World(long seed, Class<? extends Solver> solverType) {
        this.random = new SplittableRandom(seed);
        this.schedule = new Schedule(random.split());
        this.chaos = new Chaos(random.split());
        var graphs = new Graphs(random.split());
        this.graph = graphs.draw();
        this.interpreter = new Interpreter(graphs);
        this.policies = new Policies(interpreter, schedule);
        this.judge = new Judge(interpreter, policies, chaos, graphs.settled());
        this.store = new SimulatedStore(chaos, judge, schedule, random.split());
        this.builds = new BuildRunner(
                store,
                (definition, nesting, _) -> graphs.definition(new String(definition, StandardCharsets.UTF_8), nesting));
        this.solver = solver(solverType);
        this.slowness = random.nextBoolean() ? 1 : 30;
        this.logless = 1 + random.nextInt(4);
        this.closesEarly = chaos.ever() && random.nextInt(8) == 0;
    }

    private Solver solver(Class<? extends Solver> type) {
        Runners runners = Runners.builder()
                .with(SourceOp.class, this::carryOut)
                .with(ExecOp.class, this::carryOut)
                .with(FileOp.class, this::carryOut)
                .with(MergeOp.class, this::carryOut)
                .with(BuildOp.class, this::build)
                .build();
        try {
            Constructor<? extends Solver> constructor = type.getConstructor(
                    Snapshotter.class,
                    Runners.class,
                    int.class,
                    Headroom.class,
                    InstantSource.class,
                    ThreadFactory.class);
            return constructor.newInstance(
                    store, runners, 1 + random.nextInt(3), new Shortages(chaos, schedule), schedule, schedule);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the solver cannot be made", e);
        }
    }

    /** Lets it happen. */
    Outcome run() {
        schedule.start("director", this::direct);
        schedule.run();
        judge.left(store, schedule);
        stories.forEach(Story::over);
        judge.logsLeft(logs.stream().filter(log -> !log.done()).count());
        return new Outcome(judge.violations(), schedule.fingerprint());
    }

    /**
     * What came of a world.
     *
     * @param fingerprint equal for two that went alike
     */
    record Outcome(List<Violation> violations, long fingerprint) {}

    private void direct() {
        List<Thread> sessions = IntStream.range(0, 1 + random.nextInt(4))
                .mapToObj(number -> {
                    var session = new Session("session " + number, random.split());
                    return schedule.start("session " + number, session::live);
                })
                .toList();
        Thread collector = schedule.start("collector", this::collect);
        if (closesEarly) {
            schedule.sleep(random.nextInt(80));
            close();
        }
        sessions.forEach(World::join);
        join(collector);
        chaos.end();
        if (!closesEarly) {
            var last = new Session("last session", random.split());
            join(schedule.start("last session", last::askForAll));
        }
        close();
    }

    private void close() {
        try {
            closing = true;
            solver.close(LONG);
            judge.closed();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void collect() {
        for (int rounds = chaos.ever() ? random.nextInt(40) : 0; rounds > 0; rounds--) {
            schedule.sleep(random.nextInt(10));
            if (chaos.forgets()) {
                store.collect();
            }
        }
    }

    /** Carries out what the solver runs, in virtual time. */
    private OpRunner.Output carryOut(Op op, List<Snapshot> inputs, OpRunner.Run run) throws IOException {
        Digest producer = judge.begins(run.vertex(), inputs, run.find(Asker.class), store);
        try {
            boolean deaf = random.nextInt(4) == 0;
            Thread thread = Thread.currentThread();
            run.onCancel(() -> LockSupport.unpark(thread));
            int number = printed.begins(run.vertex());
            judge.runs(producer, number);
            for (int pieces = random.nextInt(4); pieces >= 0; pieces--) {
                schedule.sleep(random.nextInt(slowness), () -> !deaf && run.cancelled());
                if (!deaf && run.cancelled()) {
                    throw new IOException("stopped");
                }
                run.output(1, printed.next(number));
            }
            chaos.maybeFailRun();
            List<Map<String, String>> trees = inputs.stream().map(store::files).toList();
            String fetched = op instanceof SourceOp source ? interpreter.fetch(source, run.vertex(), fetches++) : "";
            List<Map<String, String>> outputs = Meaning.of(op, trees, fetched);
            Optional<Digest> identity =
                    op instanceof SourceOp source && source.pinned().startsWith(Graphs.ADDRESSED)
                            ? Optional.of(Digest.of(outputs.toString()))
                            : Optional.empty();
            return new OpRunner.Output(outputs.stream().map(store::tree).toList(), identity, Map.of(), Set.of());
        } finally {
            judge.ends(producer);
        }
    }

    /** Carries out a build, and keeps what it is given for a while. */
    private OpRunner.Output build(BuildOp op, List<Snapshot> inputs, OpRunner.Run run) throws Exception {
        Digest producer = judge.begins(run.vertex(), inputs, run.find(Asker.class), store);
        try {
            int number = printed.begins(run.vertex());
            judge.runs(producer, number);
            run.output(1, printed.next(number));
            OpRunner.Output output = builds.run(op, inputs, run);
            schedule.sleep(random.nextInt(slowness));
            chaos.maybeFailRun();
            Snapshot built = output.outputs().getFirst();
            Map<String, String> _ = store.files(built);
            // the store knows the results that trees are of by the trees themselves
            return new OpRunner.Output(
                    List.of(new Snapshot(built.layers())), output.identity(), output.facts(), output.blobs());
        } finally {
            judge.ends(producer);
        }
    }

    /** One session: one or two jobs, some threads that ask, and perhaps an early end. */
    private final class Session {
        private final String name;
        private final SplittableRandom random;
        private final Owner owner;
        private final List<Asker> askers;
        private final List<Story> told;
        private final List<Job> jobs;
        private boolean left;

        Session(String name, SplittableRandom random) {
            this.name = name;
            this.random = random;
            this.owner = store.owner(name);
            var runs = new OwnRuns(numbers++);
            this.askers = IntStream.range(0, 1 + random.nextInt(2))
                    .mapToObj(number -> new Asker(name + " job " + number, owner, runs))
                    .toList();
            this.told = askers.stream().map(asker -> story(asker.name())).toList();
            this.jobs = IntStream.range(0, askers.size())
                    .mapToObj(number -> solver.open(askers.get(number).name(), askers.get(number), told.get(number)))
                    .toList();
        }

        private Story story(String job) {
            Optional<EventLog> log =
                    random.nextInt(logless) == 0 ? Optional.empty() : Optional.of(MemoryLogs.begin(logs.size()));
            log.ifPresent(logs::add);
            var story = new Story(job, chaos, judge, schedule, printed, log, random.split());
            stories.add(story);
            return story;
        }

        void live() {
            List<Thread> asking = IntStream.range(0, 1 + random.nextInt(3))
                    .mapToObj(number -> schedule.start(name + " asks " + number, this::ask))
                    .toList();
            if (!chaos.calm() && random.nextInt(3) == 0) {
                schedule.after(random.nextInt(60), () -> schedule.start(name + " leaves", this::leave));
            }
            for (Thread each : asking) {
                if (!chaos.calm() && random.nextInt(4) == 0) {
                    schedule.after(random.nextInt(60), each::interrupt);
                }
            }
            asking.forEach(World::join);
            leave();
            owner.close();
        }

        private void leave() {
            left = true;
            policies.leaves();
            jobs.forEach(Job::close);
            told.forEach(Story::leaves);
        }

        private void ask() {
            for (int more = 1 + random.nextInt(3); more > 0; more--) {
                schedule.sleep(random.nextInt(20));
                demand(graph.get(random.nextInt(graph.size())));
            }
        }

        void askForAll() {
            policies.startsAnew();
            for (Vertex vertex : graph) {
                schedule.sleep(random.nextInt(10));
                demand(vertex);
            }
            leave();
            owner.close();
        }

        private void demand(Vertex vertex) {
            int which = random.nextInt(jobs.size());
            policies.asks();
            try {
                StoredResult result = jobs.get(which).demand(vertex);
                judge.answered(vertex, result, askers.get(which), store);
                // whoever leaves meanwhile hears of that instead
                judge.madeBy(result)
                        .filter(_ -> !left && !closing)
                        .ifPresent(run -> told.get(which).answered(vertex, run));
            } catch (SolveException e) {
                judge.refused(vertex, e, left || closing);
            } catch (InterruptedException e) {
                judge.interrupted(vertex);
            } finally {
                policies.hears();
            }
        }
    }
}
