import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * One jar made of many, because the virtual machine opens every jar of the class path at the start of a command. What several
 * libraries may say together (services, the versions of Netty) is put together; what each has for itself is kept below
 * {@code META-INF/licenses/<library>/} (licences, notices) or left out (manifests, signatures, module descriptors, what only
 * build tools read). {@code META-INF/libraries} names the libraries with their versions. The same libraries make the same bytes.
 */
final class LibraryJar {
    private static final String VERSIONS = "META-INF/versions/";

    /** The lowest that the format can say. */
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final Map<String, byte[]> entries = new TreeMap<>();
    private final Map<String, String> origins = new TreeMap<>();
    private final Map<String, Set<String>> lines = new TreeMap<>();
    private final Set<String> libraries = new TreeSet<>();

    /**
     * Adds what is {@code kept} of a jar.
     *
     * @throws IllegalStateException if an earlier jar has an entry of the same name, since only one of them could be found
     */
    void add(Path file, Predicate<String> kept) throws IOException {
        String library = file.getFileName().toString().replaceFirst("\\.jar$", "");
        libraries.add(library);
        try (JarFile jar = new JarFile(file.toFile())) {
            for (var all = jar.entries(); all.hasMoreElements(); ) {
                ZipEntry entry = all.nextElement();
                String name = entry.getName();
                boolean unseen = name.startsWith(VERSIONS) && !jar.isMultiRelease();
                if (entry.isDirectory() || unseen || isLeftOut(name) || !kept.test(name)) {
                    continue;
                }
                byte[] content = jar.getInputStream(entry).readAllBytes();
                if (isShared(name)) {
                    lines.computeIfAbsent(name, n -> new LinkedHashSet<>())
                            .addAll(new String(content, StandardCharsets.UTF_8)
                                    .lines()
                                    .toList());
                } else if (isLicense(name)) {
                    put("META-INF/licenses/" + library + "/" + name.replaceFirst("^META-INF/", ""), content, library);
                } else {
                    put(name, content, library);
                }
            }
        }
    }

    private static boolean isLeftOut(String name) {
        String last = name.substring(name.lastIndexOf('/') + 1);
        boolean signature = name.matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");
        return signature
                || last.equals("module-info.class")
                || name.equals(JarFile.MANIFEST_NAME)
                || name.equals("META-INF/INDEX.LIST")
                || name.startsWith("META-INF/maven/")
                || name.startsWith("META-INF/native-image/")
                || name.startsWith("META-INF/proguard/");
    }

    private static boolean isShared(String name) {
        return name.startsWith("META-INF/services/") || name.equals("META-INF/io.netty.versions.properties");
    }

    private static boolean isLicense(String name) {
        String last = name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        return !last.endsWith(".class")
                && (last.contains("license") || last.contains("notice") || last.contains("copying"));
    }

    private void put(String name, byte[] content, String library) {
        String other = origins.put(name, library);
        if (other != null) {
            throw new IllegalStateException(name + " is in both " + other + " and " + library);
        }
        entries.put(name, content);
    }

    /** Writes it without compression: classes and native libraries are read faster. */
    void write(Path file) throws IOException {
        lines.put("META-INF/libraries", libraries);
        lines.forEach(
                (name, text) -> put(name, (String.join("\n", text) + "\n").getBytes(StandardCharsets.UTF_8), "all"));
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            byte[] manifest = "Manifest-Version: 1.0\nMulti-Release: true\n".getBytes(StandardCharsets.UTF_8);
            store(zip, JarFile.MANIFEST_NAME, manifest);
            for (var entry : entries.entrySet()) {
                store(zip, entry.getKey(), entry.getValue());
            }
        }
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        var crc = new CRC32();
        crc.update(content);
        var entry = new ZipEntry(name);
        entry.setTimeLocal(TIME);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
