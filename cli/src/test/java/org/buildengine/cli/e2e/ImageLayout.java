package org.buildengine.cli.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.buildengine.snapshotter.Digest;

/** An image as the OCI image layout keeps it, read by what that says and nothing else. */
record ImageLayout(Path directory) {
    private static final JsonMapper JSON = new JsonMapper();

    /** The image's one manifest. */
    JsonNode manifest() throws IOException {
        JsonNode index = JSON.readTree(directory.resolve("index.json").toFile());
        return JSON.readTree(blob(index.get("manifests").get(0)).toFile());
    }

    /** Its configuration. */
    JsonNode configuration() throws IOException {
        return JSON.readTree(blob(manifest().get("config")).toFile());
    }

    /** The archives of its layers, the lowest first. */
    List<Path> layers() throws IOException {
        var layers = new ArrayList<Path>();
        for (JsonNode layer : manifest().get("layers")) {
            layers.add(blob(layer));
        }
        return layers;
    }

    /** The file that a descriptor means; fails unless its size and digest are those. */
    private Path blob(JsonNode descriptor) throws IOException {
        Digest digest = Digest.parse(descriptor.get("digest").asText());
        Path file = directory.resolve("blobs/sha256").resolve(digest.hex());
        if (Files.size(file) != descriptor.get("size").asLong()
                || !Digest.of(Files.readAllBytes(file)).equals(digest)) {
            throw new AssertionError(file + " is not what its descriptor says: " + descriptor);
        }
        return file;
    }

    /** Unpacks the layers into an empty directory. */
    void unpack(Path scratch, Path root) throws IOException, InterruptedException {
        Files.createDirectories(root);
        for (Path layer : layers()) {
            unpack(layer, scratch, root);
        }
    }

    /** Unpacks one layer over what there is. */
    static void unpack(Path layer, Path scratch, Path root) throws IOException, InterruptedException {
        List<String> command = List.of("tar", "-xzp", "--numeric-owner", "-f", layer.toString());
        Running.start(scratch, root, Map.of(), command).finish().succeeded();
    }
}
