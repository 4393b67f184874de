import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Makes an image of the daemon: {@code Image DISTRIBUTION TARGET VERSION TIME}. It has the distribution, a runtime that is
 * linked from the JDK that runs this, and of this machine crun or runc (or both), tini, busybox and the libraries that these
 * need; no package manager and nothing of a distribution beside. {@code SOURCE_DATE_EPOCH} (seconds) is stronger than
 * {@code TIME}. The same inputs make the same layers, but for the last one: a start-up archive has what a run happened to need.
 */
final class Image {
    /** What the daemon and the commands use, and jcmd with the flight recorder, for who has to look into one. */
    private static final String MODULES = "java.base,java.logging,java.management,java.naming,java.net.http,java.xml,"
            + "jdk.jcmd,jdk.jfr,jdk.management,jdk.management.jfr,jdk.unsupported";

    private static final String HOME = "opt/build-engine";
    private static final String RUNTIME = HOME + "/jdk";

    /** Where the daemon looks for it. */
    private static final String INIT = "/usr/bin/tini-static";

    private final Path distribution;
    private final Path root;
    private final Path scratch;
    private final FileTime time;

    private Image(Path distribution, Path scratch, FileTime time) {
        this.distribution = distribution;
        this.scratch = scratch;
        this.root = scratch.resolve("root");
        this.time = time;
    }

    public static void main(String[] args) throws Exception {
        Path target = Path.of(args[1]);
        String epoch = System.getenv("SOURCE_DATE_EPOCH");
        Instant time = epoch == null ? Instant.parse(args[3]) : Instant.ofEpochSecond(Long.parseLong(epoch));
        Path scratch = Files.createTempDirectory("engine-image");
        try {
            Trees.remove(target);
            var image = new Image(Path.of(args[0]), scratch, FileTime.from(time));
            image.assemble(target.resolveSibling("train-image.log"));
            image.pack(new ImageLayout(target, time.getEpochSecond()), args[2], time);
        } finally {
            Trees.remove(scratch);
        }
    }

    private void assemble(Path log) throws IOException, InterruptedException {
        directories();
        programs();
        link();
        copyDistribution();
        stamp();
        // An archive fits a jar of one time only, so times come before archives.
        new StartupArchives(root.resolve(HOME), root.resolve(RUNTIME)).record(log);
        stamp();
    }

    private void directories() throws IOException {
        for (String directory : List.of(
                "bin",
                "dev",
                "etc",
                "proc",
                "root",
                "run",
                "sys",
                "tmp",
                "usr/bin",
                "var/lib/build-engine",
                "var/log")) {
            Files.createDirectories(root.resolve(directory));
        }
        mode("tmp", "rwxrwxrwx");
        Files.setAttribute(root.resolve("tmp"), "unix:mode", 01777);
        mode("root", "rwx------");
        Files.writeString(root.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
        Files.writeString(root.resolve("etc/group"), "root:x:0:\n");
        Files.writeString(root.resolve("etc/nsswitch.conf"), "hosts: files dns\n");
    }

    private void mode(String path, String mode) throws IOException {
        Files.setPosixFilePermissions(root.resolve(path), PosixFilePermissions.fromString(mode));
    }

    private void programs() throws IOException, InterruptedException {
        var programs = new HostPrograms(root);
        List<Path> runtimes = Stream.of("crun", "runc")
                .map(HostPrograms::find)
                .flatMap(Optional::stream)
                .toList();
        if (runtimes.isEmpty()) {
            throw missing("crun or runc", "crun");
        }
        for (Path runtime : runtimes) {
            programs.program(runtime, "/usr/bin/" + runtime.getFileName());
        }
        programs.program(HostPrograms.find("tini-static").orElseThrow(() -> missing("tini-static", "tini")), INIT);
        Path busybox = HostPrograms.find("busybox").orElseThrow(() -> missing("busybox", "busybox-static"));
        programs.program(busybox, "/bin/busybox");
        for (String applet : HostPrograms.output(busybox.toString(), "--list")) {
            if (!applet.equals("busybox")) {
                Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
            }
        }
        for (Path library : nativeLibraries()) {
            programs.libraries(library);
        }
        programs.notePackages();
    }

    private static IllegalStateException missing(String program, String name) {
        return new IllegalStateException(
                "the image needs " + program + ", which this machine does not have (apt install " + name + ")");
    }

    /** What the machine has to have for the virtual machine and for the native parts of the libraries. */
    private List<Path> nativeLibraries() throws IOException {
        var found = new ArrayList<Path>();
        try (Stream<Path> files = Files.walk(Path.of(System.getProperty("java.home"), "lib"))) {
            files.filter(file -> file.toString().endsWith("/libjvm.so")).forEach(found::add);
        }
        Path directory = Files.createDirectory(scratch.resolve("libraries"));
        try (JarFile jar = new JarFile(distribution.resolve("lib/engine.jar").toFile())) {
            for (JarEntry entry :
                    jar.stream().filter(each -> each.getName().endsWith(".so")).toList()) {
                Path copy = directory.resolve(entry.getName().replace('/', '-'));
                Files.copy(jar.getInputStream(entry), copy);
                found.add(copy);
            }
        }
        return found;
    }

    private void link() {
        int code = ToolProvider.findFirst("jlink")
                .orElseThrow(() -> new IllegalStateException("the JDK has no jlink"))
                .run(
                        System.out,
                        System.err,
                        "--add-modules",
                        MODULES,
                        "--strip-debug",
                        "--no-header-files",
                        "--no-man-pages",
                        "--output",
                        root.resolve(RUNTIME).toString());
        if (code != 0) {
            throw new IllegalStateException("jlink failed with " + code);
        }
    }

    private void copyDistribution() throws IOException {
        Path home = root.resolve(HOME);
        for (String file : List.of("bin/engine", "lib/engine.jar")) {
            Path copy = home.resolve(file);
            Files.createDirectories(copy.getParent());
            Files.copy(distribution.resolve(file), copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
        Files.writeString(home.resolve("lib/jdk"), "/" + RUNTIME + "\n");
    }

    /** Gives every file the one time. */
    private void stamp() throws IOException {
        for (Path file : files(any -> true)) {
            if (!Files.isSymbolicLink(file)) {
                Files.setLastModifiedTime(file, time);
            }
        }
    }

    private List<Path> files(Predicate<String> which) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(file -> !file.equals(root))
                    .filter(file -> which.test(root.relativize(file).toString()))
                    .sorted()
                    .toList();
        }
    }

    private void pack(ImageLayout layout, String version, Instant created) throws IOException {
        Predicate<String> runtime = file -> file.startsWith(RUNTIME + "/") || file.equals(RUNTIME);
        Predicate<String> archive = file -> StartupArchives.NAMES.stream().anyMatch(file::endsWith);
        Predicate<String> engine = file -> file.startsWith(HOME + "/");
        layout.layer(root, files(engine.negate()));
        layout.layer(root, files(runtime));
        layout.layer(root, files(engine.and(runtime.negate()).and(archive.negate())));
        layout.layer(root, files(engine.and(archive)));
        String architecture = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        layout.finish("""
                "created":"%s","architecture":"%s","os":"linux","config":{\
                "Entrypoint":["%s","--","/%s/bin/engine"],"Cmd":["serve"],"WorkingDir":"/","StopSignal":"SIGTERM",\
                "Env":["PATH=/%s/bin:/usr/bin:/bin","HOME=/root","LC_ALL=C.UTF-8"],\
                "Volumes":{"/var/lib/build-engine":{}},\
                "Labels":{"org.opencontainers.image.title":"build-engine","org.opencontainers.image.version":"%s"}}""".formatted(created, architecture, INIT, HOME, HOME, version), "build-engine", version);
    }
}
