package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's commands, each with what a user sees: text, exit code, and what is left on the machine. */
class CommandsIT {
    private static final String VERSION = "{version}";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    private Running command(Map<String, String> environment, String stdin, String... arguments) throws IOException {
        var all = new ArrayList<>(List.of(ScratchEngine.LAUNCHER));
        all.addAll(List.of(arguments));
        return Running.start(directory, directory, environment, all, stdin);
    }

    /** The variables of a machine of its own, whose daemon starts on demand. */
    private Map<String, String> machine() {
        return new HashMap<>(Map.of(
                "ENGINE_ROOT",
                directory.resolve("root").toString(),
                "ENGINE_LISTEN",
                "unix://" + directory.resolve("run/engine.sock"),
                "ENGINE_LOG",
                directory.resolve("log/engine.log").toString(),
                "ENGINE_IDLE_EXIT",
                "3"));
    }

    @Test
    void twoCommandsAtOnceStartOneDaemonThatEndsWhenItIsIdle() throws IOException, InterruptedException {
        Running one = command(machine(), VERSION, "query", "-s");
        Running two = command(machine(), VERSION, "query", "-s");

        assertThat(one.finish().succeeded().out()).contains("\"version\"");
        assertThat(two.finish().succeeded().out()).contains("\"version\"");

        Path log = directory.resolve("log/engine.log");
        assertThat(Files.readString(log).lines().filter(line -> line.startsWith("root ")))
                .as(Files.readString(log))
                .hasSize(1);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !Files.exists(directory.resolve("run/engine.sock"))
                        && ScratchEngine.processes("serve\0--listen\0unix://" + directory)
                                .isEmpty());
        assertThat(log).content().contains("stopping: no client for 3 s");
    }

    @Test
    void embeddedEngineRunsTheProgramAmongTheCallersMounts() throws IOException, InterruptedException {
        Finished run = command(
                        machine(),
                        "",
                        "run",
                        "--embedded",
                        "--",
                        "sh",
                        "-c",
                        "readlink /proc/self/ns/mnt; pwd; curl -sS -u $DAGGER_SESSION_TOKEN: -H content-type:application/json"
                                + " -d '{\"query\":\"{version}\"}' http://127.0.0.1:$DAGGER_SESSION_PORT/query; exit 7")
                .finish();

        assertThat(run.code()).as(run.toString()).isEqualTo(7);
        assertThat(run.out().lines().toList().get(0))
                .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString());
        assertThat(run.out().lines().toList().get(1)).isEqualTo(directory.toString());
        assertThat(run.out()).contains("\"version\"");
        assertThat(run.err()).doesNotContain("INFO");
        assertThat(directory.resolve("run")).doesNotExist();
    }

    @Test
    void listenServesASessionToWhoeverKnowsItsTokenUntilItIsInterrupted() throws IOException, InterruptedException {
        Map<String, String> machine = machine();
        machine.put("DAGGER_SESSION_TOKEN", "known");
        Running listen = command(machine, "", "listen", "--listen", "127.0.0.1:0", "--allow-cors");
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !listen.alive() || listen.err().contains("==> server"));
        String url = listen.err().replaceAll("(?s).*listening on (\\S+).*", "$1");

        assertThat(url).as(listen.err()).startsWith("http://127.0.0.1:").endsWith("/query");
        assertThat(listen.err()).doesNotContain("known");
        assertThat(curl(url, "known")).contains("\"version\"").endsWith(" 200");
        assertThat(curl(url, "guessed")).endsWith(" 401");
        assertThat(curl(url, "known", "-i")).contains("Access-Control-Allow-Origin: *");
        Finished second = command(machine, "", "listen", "--listen", url.substring(7, url.length() - 6))
                .finish();
        assertThat(second.code()).isEqualTo(1);
        assertThat(second.err()).contains("engine: cannot listen on 127.0.0.1:", "in use");

        listen.signal("INT");
        assertThat(listen.finish().code()).isZero();
    }

    @Test
    void listenRefusesWhatIsNoAddress() throws IOException, InterruptedException {
        Finished refused = command(machine(), "", "listen", "--listen", "here").finish();

        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("--listen: \"here\" is no address; write HOST:PORT, as 127.0.0.1:8080");
    }

    private String curl(String url, String token, String... more) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("curl", "-sS", "-u", token + ":", "-w", " %{http_code}", url));
        command.addAll(List.of("-H", "content-type:application/json", "-d", "{\"query\":\"{version}\"}"));
        command.addAll(List.of(more));
        return Running.start(directory, directory, Map.of(), command).finish().out();
    }

    @Test
    void engineThatIsNotThereIsSaidAndTheProgramGetsTheReason() throws IOException, InterruptedException {
        Map<String, String> nowhere = Map.of("ENGINE_HOST", "unix://" + directory.resolve("none.sock"));

        Finished query = command(nowhere, VERSION, "query").finish();
        Finished run = command(
                        nowhere,
                        "",
                        "run",
                        "sh",
                        "-c",
                        "curl -sS -u $DAGGER_SESSION_TOKEN: -d '{}' http://127.0.0.1:$DAGGER_SESSION_PORT/query")
                .finish();

        assertThat(query.code()).isEqualTo(1);
        assertThat(query.err()).contains("no engine at unix://", "there is no such socket", "engine serve");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).contains("\"message\":\"no engine at unix://");
        assertThat(run.err()).contains("no engine at unix://");
    }

    @Test
    void bashCompletesCommandsAndOptionsOnceTheScriptIsSourced() throws IOException, InterruptedException {
        Finished completed = Running.start(
                        directory,
                        directory,
                        Map.of(),
                        List.of(
                                "bash",
                                "-c",
                                "source <(" + ScratchEngine.LAUNCHER + " completion bash) || exit 1;"
                                        + " offer() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=();"
                                        + " _complete_engine; echo \"$*: ${COMPREPLY[*]}\"; };"
                                        + " offer engine d; offer engine run --emb; offer engine run --progress j;"
                                        + " offer engine completion f; offer engine w; offer engine train"))
                .finish()
                .succeeded();

        assertThat(completed.out().lines().map(String::stripTrailing))
                .containsExactly(
                        "engine d: du diff doctor",
                        "engine run --emb: --embedded",
                        "engine run --progress j: json",
                        "engine completion f: fish",
                        "engine w: waits",
                        "engine train:");
    }

    @Test
    void zshAndFishGetScriptsOfTheirOwn() throws IOException, InterruptedException {
        Finished zsh = command(Map.of(), "", "completion", "zsh").finish().succeeded();
        Finished fish = command(Map.of(), "", "completion", "fish").finish().succeeded();
        Finished other = command(Map.of(), "", "completion", "tcsh").finish();

        assertThat(zsh.out()).startsWith("autoload -Uz compinit bashcompinit").contains("complete -F _complete_engine");
        assertThat(fish.out().lines())
                .allMatch(line -> line.startsWith("complete -c engine -n '"))
                .contains(
                        "complete -c engine -n '__fish_use_subcommand' -f -a version"
                                + " -d 'Prints the version of this engine and of the API that it speaks'",
                        "complete -c engine -n '__fish_seen_subcommand_from query' -l doc -r"
                                + " -d 'Read the document from a file'");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("bash, zsh, fish");
    }

    @Test
    void exitCodesAndSignalsArePassedOn() throws IOException, InterruptedException {
        try (ScratchEngine engine = ScratchEngine.start(directory.resolve("engine"), Map.of())) {
            assertThat(engine.engine("run", "sh", "-c", "exit 42").code()).isEqualTo(42);
            assertThat(engine.engine("run", "no-such-program").code()).isEqualTo(127);

            Running signalled = engine.user(
                    directory,
                    Map.of(),
                    List.of(
                            ScratchEngine.LAUNCHER,
                            "run",
                            "sh",
                            "-c",
                            "trap 'echo trapped; exit 9' TERM; echo ready; while :; do sleep 0.05; done"));
            await().atMost(Running.PATIENCE).until(() -> signalled.out().contains("ready"));
            signalled.signal("INT");
            Finished finished = signalled.finish();
            assertThat(finished.code()).isEqualTo(9);
            assertThat(finished.out()).contains("trapped");
        }
    }

    @Test
    void requestsWithoutTheTokenGetExactlyTheOriginalsAnswer() throws IOException, InterruptedException {
        try (ScratchEngine engine = ScratchEngine.start(directory.resolve("engine"), Map.of())) {
            Finished run = engine.engine(
                    "run",
                    "sh",
                    "-c",
                    "url=http://127.0.0.1:$DAGGER_SESSION_PORT/query;"
                            + " curl -sS -i -d '{}' $url; echo; echo; curl -sS -i -u wrong:$DAGGER_SESSION_TOKEN -d '{}' $url");

            String answer = "HTTP/1.1 401 Unauthorized";
            assertThat(run.out().lines().filter(answer::equals))
                    .as(run.toString())
                    .hasSize(2);
            assertThat(run.out()
                            .lines()
                            .filter("Www-Authenticate: Basic realm=\"Access to the Dagger engine session\""::equals))
                    .hasSize(2);
            assertThat(run.out().lines().filter("Content-Length: 0"::equals)).hasSize(2);
        }
    }

    @Test
    void queryTakesItsDocumentFromInputOrFileAndItsVariablesFromOptions() throws IOException, InterruptedException {
        try (ScratchEngine engine = ScratchEngine.start(directory.resolve("engine"), Map.of())) {
            String document =
                    "query Q($path: String!, $text: String!) {directory {withNewFile(path: $path, contents: $text) {entries}}}";
            Path file = Files.writeString(directory.resolve("q.graphql"), document);

            Finished fromFile = engine.engine(
                    "query", "--doc", file.toString(), "--var", "path=a", "--var-json", "{\"text\": \"b\"}");
            Finished fromInput = engine.user(
                            directory,
                            Map.of(),
                            List.of(ScratchEngine.LAUNCHER, "query", "-s", "--var", "path=a", "--var", "text=b"),
                            document)
                    .finish();
            Finished wrong = engine.user(directory, Map.of(), List.of(ScratchEngine.LAUNCHER, "query"), "{vrsion}")
                    .finish();
            Finished missing = engine.engine("query", "--doc", "no-such-file");

            assertThat(fromFile.succeeded().out()).contains("\"entries\": [\n").contains("\"a\"");
            assertThat(fromInput.succeeded().out()).isEqualTo(fromFile.out());
            assertThat(fromInput.err()).isEmpty();
            assertThat(wrong.code()).isEqualTo(1);
            assertThat(wrong.err()).contains("vrsion");
            assertThat(missing.code()).isEqualTo(1);
            assertThat(missing.err())
                    .isEqualTo("engine: " + directory.resolve("engine/no-such-file") + ": no such file or directory\n");
        }
    }

    @Test
    void unknownOptionsAreRefusedWithASuggestion() throws IOException, InterruptedException {
        Finished option = command(Map.of(), "", "serve", "--rot", "/x").finish();
        Finished key = command(Map.of("ENGINE_ROOTT", "/x"), "", "serve").finish();

        assertThat(option.code()).isEqualTo(2);
        assertThat(option.err()).contains("--rot", "--root");
        assertThat(key.code()).isEqualTo(2);
        assertThat(key.err()).contains("ENGINE_ROOTT", "did you mean ENGINE_ROOT?");
    }

    @Test
    void doctorFindsAMachineThatRunsTheseTestsFit() throws IOException, InterruptedException {
        Finished doctor = command(Map.of(), "", "doctor").finish();

        assertThat(doctor.code()).as(doctor.toString()).isZero();
        assertThat(doctor.out())
                .contains(
                        "ok       the rights of root",
                        "ok       network bridge: works",
                        "This machine can run an engine.");
    }

    /** As in a container, whose own file system is an overlay, with a volume for the store. */
    @Test
    void doctorTriesTheFileSystemOfTheStore() throws IOException, InterruptedException {
        Path store = Files.createDirectories(directory.resolve("store"));

        Finished doctor = command(Map.of("ENGINE_ROOT", store.resolve("root").toString()), "", "doctor")
                .finish();

        assertThat(doctor.code()).as(doctor.toString()).isZero();
        assertThat(doctor.out()).contains("ok       workspace: overlay mounts at " + store + "/engine-doctor");
        assertThat(store).isEmptyDirectory();
    }

    @Test
    void commandThatMustUseItsArchiveFailsWithoutOne() throws IOException, InterruptedException {
        Path lib = Files.createDirectories(directory.resolve("engine/lib"));
        Path original = Path.of(System.getProperty("engine.distribution"), "lib");
        try (Stream<Path> jars = Files.list(original)) {
            for (Path jar :
                    jars.filter(file -> !file.toString().endsWith(".aot")).toList()) {
                Files.copy(jar, lib.resolve(jar.getFileName()));
            }
        }
        Path launcher = Files.copy(
                Path.of(ScratchEngine.LAUNCHER),
                Files.createDirectories(directory.resolve("engine/bin")).resolve("engine"),
                StandardCopyOption.COPY_ATTRIBUTES);
        var version = List.of(launcher.toString(), "version");

        Finished strict = Running.start(directory, directory, Map.of(), version).finish();
        Finished usual = Running.start(directory, directory, Map.of("ENGINE_REQUIRE_ARCHIVE", ""), version)
                .finish();

        assertThat(strict.code()).isOne();
        assertThat(strict.err())
                .startsWith("engine: the start-up archive " + lib.toRealPath().resolve("run.aot")
                        + " is missing, and ENGINE_REQUIRE_ARCHIVE is set.");
        assertThat(usual.succeeded().out()).startsWith("build-engine ");
    }

    @Test
    void archiveThatDoesNotFitIsPassedOverUnlessItIsRequired() throws IOException, InterruptedException {
        var unfit = new HashMap<>(Map.of("ENGINE_JAVA_OPTS", "--add-opens=java.base/java.lang=ALL-UNNAMED"));

        Finished strict = command(unfit, "", "version").finish();
        unfit.put("ENGINE_REQUIRE_ARCHIVE", "");
        Finished usual = command(unfit, "", "version").finish();

        assertThat(strict.code()).isOne();
        assertThat(strict.err()).contains("[aot]");
        assertThat(usual.succeeded().err()).isEmpty();
    }

    @Test
    void secondDaemonOnOneRootIsRefusedWithTheFirstOnesProcess() throws IOException, InterruptedException {
        try (ScratchEngine engine = ScratchEngine.start(directory.resolve("engine"), Map.of())) {
            Finished second = command(
                            Map.of(),
                            "",
                            "serve",
                            "--root",
                            engine.root().toString(),
                            "--listen",
                            "unix://" + directory.resolve("second.sock"))
                    .finish();

            assertThat(second.code()).as(second.toString()).isEqualTo(1);
            assertThat(second.err()).containsPattern("\\b" + engine.daemon().pid() + "\\b");
        }
    }

    @Test
    void terminationInTheMiddleOfAStepLeavesNothing() throws IOException, InterruptedException {
        try (Site site = Site.open(directory, Map.of())) {
            var mounts = Files.readString(Path.of("/proc/self/mountinfo"));
            String nonce = Site.nonce();
            Running program = site.start(Sdk.PYTHON, Door.RUN, site.settings("hang", nonce));
            ScratchEngine.awaitStep(": hangs-" + nonce);

            String group =
                    engineGroup(ScratchEngine.processes(": hangs-" + nonce).getFirst());
            assertThat(groupsNamed(group)).isNotEmpty();

            Finished stopped = site.engine().stop();

            assertThat(stopped.code()).as(stopped.err()).isZero();
            assertThat(ScratchEngine.processes(": hangs-" + nonce)).isEmpty();
            assertThat(site.engine().socket()).doesNotExist();
            assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).isEqualTo(mounts);
            assertThat(groupsNamed(group)).isEmpty();
            assertThat(program.finish().code()).isNotZero();
        }
    }

    /** The name of the group that a daemon has for itself, above those of its steps. */
    private static String engineGroup(long process) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process + "/cgroup")).stream()
                .map(line -> line.replaceAll(".*/build-engine/([^/]+).*", "$1"))
                .filter(name -> name.matches("[0-9a-f]+"))
                .findFirst()
                .orElseThrow();
    }

    private static List<Path> groupsNamed(String name) throws IOException {
        var found = new ArrayList<Path>();
        Files.walkFileTree(Path.of("/sys/fs/cgroup"), Set.of(), 4, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                if (directory.getFileName().toString().equals(name)) {
                    found.add(directory);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                return preVisitDirectory(file, attributes);
            }

            @Override
            public FileVisitResult visitFileFailed(Path gone, IOException failure) {
                return FileVisitResult.CONTINUE; // Other engines' groups come and go.
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException gone) {
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }
}
