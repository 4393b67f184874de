import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The start-up archives of a distribution. Each fits one build of the JDK, one jar of one time, and one set of flags. */
final class StartupArchives {
    static final List<String> NAMES = List.of("serve.aot", "run.aot", "query.aot");

    /** How often each document is asked for in the training: enough for what is hot to be seen as hot. */
    private static final int ROUNDS = 20;

    /** For each process of the training; on a quiet machine the whole takes about fifteen seconds. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Path home;
    private final Path java;

    /** For the distribution in {@code home}, run by the JDK or runtime in {@code java}. */
    StartupArchives(Path home, Path java) {
        this.home = home;
        this.java = java;
    }

    /**
     * Records all of them: a daemon is started, the commands are run against it, and its virtual machine and that of a
     * command write down what they needed. Neither needs root: a daemon that may not make a mount namespace, or has no
     * runtime for containers, is trained as far as it gets. A distribution without archives works too, only slower: failing
     * to train is said, and fails nothing else.
     *
     * @param log where to write what the commands say
     */
    void record(Path log) throws IOException, InterruptedException {
        Files.deleteIfExists(log);
        Path scratch = Files.createTempDirectory("engine-train");
        try {
            Path nothing = Path.of("/dev/null");
            Process daemon = launch(
                    log,
                    nothing,
                    recorded("serve.aot"),
                    Map.of(),
                    "serve",
                    "--listen",
                    socket(scratch),
                    "--root",
                    scratch + "/root");
            try {
                if (listens(scratch, daemon)) {
                    List<String> documents = Documents.write(scratch);
                    var command = new ArrayList<>(List.of("train-startup", "--rounds", Integer.toString(ROUNDS)));
                    command.addAll(rootfs(scratch));
                    command.addAll(documents);
                    Map<String, String> client = Map.of("ENGINE_HOST", socket(scratch));
                    end(launch(log, nothing, "", client, command.toArray(String[]::new)));
                    // Every class in an archive takes its time at every start: only what just this command needs.
                    end(launch(log, nothing, recorded("run.aot"), client, "run", "true"));
                    end(launch(log, Path.of(documents.getFirst()), recorded("query.aot"), client, "query"));
                }
            } finally {
                daemon.destroy();
                end(daemon);
            }
        } finally {
            Trees.remove(scratch);
        }
        for (String archive : NAMES) {
            if (!Files.exists(home.resolve("lib").resolve(archive))) {
                System.err.println("no start-up archive " + archive + " was made; commands start slower. See " + log);
            }
        }
    }

    /** Names a root file system that has a shell and no more, if this machine has what it takes. */
    private static List<String> rootfs(Path scratch) throws InterruptedException {
        Path root = scratch.resolve("rootfs");
        try {
            new HostPrograms(root).program(Path.of("/bin/sh"), "/bin/sh");
            return List.of("--rootfs", root.toString());
        } catch (IOException e) {
            System.err.println("the daemon is not trained with commands: " + e.getMessage());
            return List.of();
        }
    }

    private static String socket(Path scratch) {
        return "unix://" + scratch + "/engine.sock";
    }

    private String recorded(String archive) {
        return "-XX:AOTCacheOutput=" + home.resolve("lib").resolve(archive);
    }

    private Process launch(Path log, Path input, String options, Map<String, String> environment, String... command)
            throws IOException {
        var builder = new ProcessBuilder(home.resolve("bin/engine").toString());
        builder.command().addAll(List.of(command));
        builder.environment().putAll(environment);
        builder.environment().remove("ENGINE_REQUIRE_ARCHIVE");
        builder.environment().put("ENGINE_JAVA_HOME", java.toString());
        builder.environment().put("ENGINE_JAVA_OPTS", options);
        if (!System.getProperty("user.name").equals("root")) {
            builder.environment().put("ENGINE_MOUNT_NAMESPACE", "9"); // takes the launcher's word that there is one
        }
        return builder.redirectInput(input.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    private static boolean listens(Path scratch, Process daemon) throws InterruptedException {
        Path socket = scratch.resolve("engine.sock");
        for (long end = System.nanoTime() + PATIENCE.toNanos();
                System.nanoTime() < end && daemon.isAlive();
                Thread.sleep(50)) {
            if (Files.exists(socket)) {
                return true;
            }
        }
        return false;
    }

    private static void end(Process process) throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    /** What the daemon is asked for the training: steps that are only described, file edits that are made and remembered. */
    private static final class Documents {
        private static final int STEPS = 60;
        private static final int HOST_FILES = 3000;
        private static final int UPLOADS = 5;

        /** The smallest is the first of them. */
        static List<String> write(Path scratch) throws IOException {
            var documents = new ArrayList<String>(List.of(
                    write(scratch, "version", "{version}"),
                    write(
                            scratch,
                            "described",
                            chain(
                                    "{container{withEnvVariable(name:\"A\",value:\"b\"){",
                                    "withExec(args:[\"true\",\"%d\"])",
                                    "id")),
                    write(
                            scratch,
                            "edited",
                            chain("{directory{", "withNewFile(path:\"file%d\",contents:\"text\")", "entries")),
                    // This one fails, there is no such image, but it comes as far as that.
                    write(scratch, "pulled", "{container{from(address:\"127.0.0.1:1/none\"){id}}}")));
            documents.addAll(uploads(scratch));
            return documents;
        }

        /** Each is whole in the first round and unchanged afterwards; what it leaves out only makes it another one. */
        private static List<String> uploads(Path scratch) throws IOException {
            Path host = scratch.resolve("host");
            for (int i = 0; i < HOST_FILES; i++) {
                Path directory = Files.createDirectories(host.resolve("directory" + i / 100));
                Files.writeString(directory.resolve("file" + i), "text ".repeat(i % 400));
            }
            var documents = new ArrayList<String>();
            for (int i = 0; i < UPLOADS; i++) {
                documents.add(write(
                        scratch,
                        "uploaded" + i,
                        "{host{directory(path:\"" + host + "\",exclude:[\"none" + i + "\"]){entries digest}}}"));
            }
            return documents;
        }

        private static String chain(String head, String step, String leaf) {
            var text = new StringBuilder(head);
            for (int i = 0; i < STEPS; i++) {
                text.append(step.formatted(i)).append('{');
            }
            long open = text.chars().filter(c -> c == '{').count();
            return text.append(leaf).append("}".repeat((int) open)).toString();
        }

        private static String write(Path scratch, String name, String text) throws IOException {
            return Files.writeString(scratch.resolve(name + ".graphql"), text).toString();
        }
    }
}
