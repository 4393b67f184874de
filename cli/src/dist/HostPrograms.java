import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Copies programs of this machine below another root, with the libraries that they need and a note of their packages. */
final class HostPrograms {
    private static final Pattern LIBRARY = Pattern.compile("(?:=>\\s+|^\\s*)(/\\S+) \\(0x");
    private static final List<String> PLACES =
            List.of("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin");

    private final Path root;
    private final TreeSet<Path> copied = new TreeSet<>();

    HostPrograms(Path root) {
        this.root = root;
    }

    static Optional<Path> find(String program) {
        return PLACES.stream()
                .map(place -> Path.of(place, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Copies a program to {@code target} below the root, and its libraries. */
    void program(Path program, String target) throws IOException, InterruptedException {
        copy(program, target);
        libraries(program);
    }

    /** Copies the libraries that a program or library of this machine's architecture needs; another needs none. */
    void libraries(Path file) throws IOException, InterruptedException {
        for (String line : output("ldd", file.toString())) {
            Matcher library = LIBRARY.matcher(line);
            if (library.find()) {
                Path path = Path.of(library.group(1));
                // What lies below the root is found there by who needs it.
                if (!path.startsWith(root) && !Files.exists(below(path.toString()))) {
                    copy(path, path.toString());
                }
            } else if (line.contains("not found") && !line.contains("libjvm.so")) {
                throw new IOException(file + " needs a library that this machine does not have: " + line.strip());
            }
        }
    }

    private void copy(Path file, String target) throws IOException {
        Path copy = below(target);
        Files.createDirectories(copy.getParent());
        Files.copy(file.toRealPath(), copy, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        copied.add(file);
    }

    private Path below(String path) {
        return root.resolve(path.substring(1));
    }

    /**
     * Notes the packages that the files came from, where dpkg knows: their licences, and their versions for scanners, which
     * look at {@code /var/lib/dpkg/status.d} in images without a package manager.
     */
    void notePackages() throws IOException, InterruptedException {
        if (find("dpkg-query").isEmpty()) {
            return;
        }
        var query = new ArrayList<>(List.of("dpkg-query", "-S"));
        for (Path file : copied) {
            // Directories like /lib may be links, and dpkg knows a file by one name only.
            Stream.of(file, file.toRealPath(), Path.of("/usr" + file), withoutUsr(file))
                    .distinct()
                    .forEach(name -> query.add(name.toString()));
        }
        var packages = new TreeSet<String>();
        for (String line : output(query.toArray(String[]::new))) {
            if (line.contains(": /")) {
                packages.add(line.substring(0, line.indexOf(": /")));
            }
        }
        Path states = Files.createDirectories(root.resolve("var/lib/dpkg/status.d"));
        for (String name : packages) {
            String plain = name.replaceFirst(":.*", "");
            Files.writeString(states.resolve(plain), String.join("\n", output("dpkg-query", "-s", name)) + "\n");
            Path licence = Path.of("/usr/share/doc", plain, "copyright");
            if (Files.exists(licence)) {
                Path copy = below(licence.toString());
                Files.createDirectories(copy.getParent());
                Files.copy(licence.toRealPath(), copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static Path withoutUsr(Path file) {
        return file.startsWith("/usr") ? Path.of("/").resolve(Path.of("/usr").relativize(file)) : file;
    }

    /** The lines that a command prints, whatever its exit code. */
    static List<String> output(String... command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try (var lines = process.inputReader()) {
            List<String> all = lines.lines().toList();
            process.waitFor();
            return all;
        }
    }
}
