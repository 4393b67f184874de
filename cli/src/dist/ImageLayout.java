import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * An image in a directory, as the OCI image layout says (image-spec, image-layout.md). It also has the {@code manifest.json}
 * by which {@code docker load} of versions that do not know the layout finds its way.
 */
final class ImageLayout {
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

    private final Path directory;
    private final long time;
    private final List<Layer> layers = new ArrayList<>();

    /**
     * Begins one in an empty directory.
     *
     * @param time of everything in the layers, in seconds
     */
    ImageLayout(Path directory, long time) throws IOException {
        this.directory = directory;
        this.time = time;
        Files.createDirectories(directory.resolve("blobs/sha256"));
    }

    private record Blob(String digest, long size) {
        String path() {
            return "blobs/sha256/" + digest;
        }

        String descriptor(String type, String more) {
            return "{\"mediaType\":\"" + type + "\",\"digest\":\"sha256:" + digest + "\",\"size\":" + size + more + "}";
        }
    }

    private record Layer(Blob blob, String diffId) {}

    /** Adds a layer of these files, which lie below {@code root}; each directory comes before what is in it. */
    void layer(Path root, List<Path> files) throws IOException {
        Path temporary = directory.resolve("layer.tmp");
        MessageDigest packed = sha256();
        MessageDigest plain = sha256();
        try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(temporary));
                var gzip = new GZIPOutputStream(new DigestOutputStream(file, packed), 1 << 16);
                OutputStream digested = new BufferedOutputStream(new DigestOutputStream(gzip, plain), 1 << 16)) {
            var archive = new TarArchive(digested, time);
            for (Path each : files) {
                archive.add(root.relativize(each).toString(), each);
            }
            archive.finish();
        }
        Blob blob = new Blob(hex(packed), Files.size(temporary));
        Files.move(temporary, directory.resolve(blob.path()));
        layers.add(new Layer(blob, hex(plain)));
    }

    /**
     * Writes what makes the layers an image.
     *
     * @param head the first members of the image's configuration, without braces
     * @param name how {@code docker load} is to call it
     * @param version its tag
     */
    void finish(String head, String name, String version) throws IOException {
        Blob config = write("{" + head + ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":"
                + list(layers.stream().map(layer -> quoted("sha256:" + layer.diffId))) + "}}");
        Blob manifest = write("{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST + "\",\"config\":"
                + config.descriptor(CONFIG, "") + ",\"layers\":"
                + list(layers.stream().map(layer -> layer.blob.descriptor(LAYER, ""))) + "}");
        String annotations = ",\"annotations\":{\"org.opencontainers.image.ref.name\":" + quoted(version)
                + ",\"io.containerd.image.name\":" + quoted("docker.io/library/" + name + ":" + version) + "}";
        text("index.json", "{\"schemaVersion\":2,\"manifests\":[" + manifest.descriptor(MANIFEST, annotations) + "]}");
        text(
                "manifest.json",
                "[{\"Config\":" + quoted(config.path()) + ",\"RepoTags\":[" + quoted(name + ":" + version)
                        + "],\"Layers\":" + list(layers.stream().map(layer -> quoted(layer.blob.path()))) + "}]");
        text("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    }

    private Blob write(String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        MessageDigest digest = sha256();
        digest.update(bytes);
        Blob blob = new Blob(hex(digest), bytes.length);
        Files.write(directory.resolve(blob.path()), bytes);
        return blob;
    }

    private void text(String name, String json) throws IOException {
        Files.writeString(directory.resolve(name), json);
    }

    private static String list(Stream<String> elements) {
        return elements.collect(Collectors.joining(",", "[", "]"));
    }

    /** A text of ours: none has anything that would have to be escaped. */
    static String quoted(String text) {
        return "\"" + text + "\"";
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
