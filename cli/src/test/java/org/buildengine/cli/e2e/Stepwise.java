package org.buildengine.cli.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.buildengine.client.QueryException;

/** A pipeline of dependent steps that asks for each of them and notes which were answered. */
interface Stepwise {
    /** How long it may take, or go on after its engine is dead. */
    Duration PATIENCE = Duration.ofMinutes(2);

    /** The steps that were answered so far, by number. */
    List<Integer> answered() throws IOException;

    /** Whether it has not ended. */
    boolean running();

    /** Waits for its end; says what the steps left, one number a line, or how the pipeline was broken off. */
    String end() throws IOException, InterruptedException;

    /** A program with an SDK below {@code engine run}. */
    record Program(Running process) implements Stepwise {
        private static final JsonMapper JSON = new JsonMapper();

        static Program start(Site site, String nonce, int steps) throws IOException {
            return new Program(site.start(
                    Sdk.PYTHON, Door.RUN, site.settings("stepwise", nonce).with("steps", steps)));
        }

        @Override
        public List<Integer> answered() throws IOException {
            var numbers = new ArrayList<Integer>();
            for (String line : process.out().lines().toList()) {
                JsonNode said = JSON.readTree(line);
                if (said.has("answered")) {
                    numbers.add(said.get("answered").asInt());
                }
            }
            return numbers;
        }

        @Override
        public boolean running() {
            return process.alive();
        }

        @Override
        public String end() throws IOException, InterruptedException {
            Finished finished = process.finish(PATIENCE);
            return finished.code() == 0 ? finished.said("stdout").asText() : finished.toString();
        }
    }

    /** A session of this virtual machine: the same steps and requests, without the time that programs take to start. */
    final class Session implements Stepwise {
        private final List<Integer> answered = new CopyOnWriteArrayList<>();
        private final FutureTask<String> task;

        private Session(Site site, String nonce, int steps) {
            this.task = new FutureTask<>(() -> run(site, nonce, steps));
        }

        static Session start(Site site, String nonce, int steps) {
            var session = new Session(site, nonce, steps);
            Thread.ofVirtual().name("pipeline").start(session.task);
            return session;
        }

        private String run(Site site, String nonce, int steps) throws IOException, QueryException {
            try (Client session = Client.open(site.engine().address())) {
                String cache = session.ask("cacheVolume(key:\"e2e\") { id");
                var chain = new StringBuilder("container { from(address:\"" + site.image()
                        + "\") { withEnvVariable(name:\"NONCE\", value:\"" + nonce
                        + "\") { withMountedCache(path:\"/cache\", cache:\"" + cache + "\") {");
                for (int number = 0; number < steps; number++) {
                    chain.append(" withExec(args:[\"sh\", \"-c\", \"echo " + number + " >> /cache/ran-$NONCE; echo "
                            + number + " >> /log; sleep 0.02\"]) {");
                    session.ask(chain + " exitCode");
                    answered.add(number);
                }
                return session.ask(chain + " withExec(args:[\"cat\", \"/log\"]) { stdout");
            }
        }

        @Override
        public List<Integer> answered() {
            return List.copyOf(answered);
        }

        @Override
        public boolean running() {
            return !task.isDone();
        }

        @Override
        public String end() throws InterruptedException {
            try {
                return task.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                return "broken off: " + e.getCause();
            } catch (TimeoutException e) {
                task.cancel(true);
                throw new AssertionError("the session still waits for its dead engine", e);
            }
        }
    }
}
