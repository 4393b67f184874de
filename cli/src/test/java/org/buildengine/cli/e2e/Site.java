package org.buildengine.cli.e2e;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.buildengine.server.fixture.ImageFixture;
import org.buildengine.server.fixture.RegistryFixture;
import org.buildengine.server.fixture.TarWriter;

/** A registry with an image, a daemon, and a user with files: what every end-to-end test needs. */
final class Site implements AutoCloseable {
    /** Tag of tests that take minutes; the build runs two of them at a time. */
    static final String LONG = "long";

    private static final JsonMapper JSON = new JsonMapper();
    private static final int LARGE_FILES = 64;

    /** For 32 KiB of the slow registry. */
    private static final Duration SLOWNESS = Duration.ofMillis(10);

    private final Path directory;
    private final RegistryFixture registry;
    private final Cable slow;
    private final ScratchEngine engine;

    private int slowImages = 1;

    private Site(Path directory, RegistryFixture registry, Cable slow, ScratchEngine engine) {
        this.directory = directory;
        this.registry = registry;
        this.slow = slow;
        this.engine = engine;
    }

    /** Sets all of it up below an empty directory; {@code environment} is the daemon's. */
    static Site open(Path directory, Map<String, String> environment) throws IOException, InterruptedException {
        for (Sdk sdk : Sdk.values()) {
            sdk.ensure();
        }
        return openForSessions(directory, environment);
    }

    /** As {@link #open}, for tests that start no programs with SDKs. */
    static Site openForSessions(Path directory, Map<String, String> environment)
            throws IOException, InterruptedException {
        RegistryFixture registry = RegistryFixture.start(directory.resolve("registry"));
        Cable slow = Cable.to(registry.uri().getPort(), SLOWNESS);
        boolean opened = false;
        try {
            registry.push("library/alpine", "latest", ImageFixture.alpine());
            Path source = directory.resolve("user/source");
            Files.createDirectories(source.resolve("ignored"));
            Files.writeString(source.resolve("input"), "input\n");
            Files.writeString(source.resolve("ignored.log"), "first\n");
            Files.writeString(directory.resolve("user/late"), "late\n");
            var engine = ScratchEngine.start(directory.resolve("engine"), environment);
            opened = true;
            return new Site(directory, registry, slow, engine);
        } finally {
            if (!opened) {
                slow.close();
                registry.close();
            }
        }
    }

    ScratchEngine engine() {
        return engine;
    }

    /** Where the user works. */
    Path user() {
        return directory.resolve("user");
    }

    Path source() {
        return user().resolve("source");
    }

    Path late() {
        return user().resolve("late");
    }

    /** One more way to the registry of the images. */
    Cable wayToRegistry() throws IOException {
        return Cable.to(registry.uri().getPort(), Duration.ZERO);
    }

    /** The image as programs name it. */
    String image() {
        return registry.host() + "/library/alpine:latest";
    }

    /**
     * Makes what takes a while to be carried: a directory of the user, and images in a registry that is slow.
     *
     * @param bytes of the directory's files, and of each image
     * @param images how many
     */
    void fill(int bytes, int images, Random random) throws IOException, InterruptedException {
        Files.createDirectories(large());
        for (int i = 0; i < LARGE_FILES; i++) {
            Files.write(large().resolve("file-" + i), noise(bytes / LARGE_FILES, random));
        }
        for (int i = 0; i < images; i++) {
            var layer = new TarWriter();
            layer.file("noise", 0644, noise(bytes, random));
            registry.push("library/slow", Integer.toString(i), ImageFixture.of(List.of(layer.finish())));
        }
        slowImages = images;
    }

    private static byte[] noise(int bytes, Random random) {
        var noise = new byte[bytes];
        random.nextBytes(noise);
        return noise;
    }

    /** A directory of the user's with much in it. */
    Path large() {
        return user().resolve("large");
    }

    /** One of the images that come slowly, always the same for a nonce. */
    String slowImage(String nonce) {
        return "localhost:" + slow.port() + "/library/slow:" + Math.floorMod(nonce.hashCode(), slowImages);
    }

    /** The first of these images in the same registry, by the way without a cable. */
    String largeImage() {
        return registry.host() + "/library/slow:0";
    }

    /** The same by a cable. */
    String largeImage(Cable way) {
        return "localhost:" + way.port() + "/library/slow:0";
    }

    /** A name that no other pipeline has, so that nothing of this one is in the cache. */
    static String nonce() {
        return UUID.randomUUID().toString().substring(0, 8);
    }

    /** What a program is told. */
    Settings settings(String mode, String nonce) {
        ObjectNode settings = JSON.createObjectNode();
        settings.put("mode", mode);
        settings.put("nonce", nonce);
        settings.put("image", image());
        settings.put("source", source().toString());
        settings.put("late", late().toString());
        settings.put("argument", "three");
        settings.put("out", user().resolve("out-" + nonce()).toString());
        return new Settings(settings);
    }

    /**
     * What a program is told.
     *
     * @param json the one argument of the program
     */
    record Settings(ObjectNode json) {
        Settings with(String name, String value) {
            return new Settings(json.deepCopy().put(name, value));
        }

        Settings with(String name, long value) {
            return new Settings(json.deepCopy().put(name, value));
        }

        String text(String name) {
            return json.get(name).asText();
        }
    }

    /** Starts a program. */
    Running start(Sdk sdk, Door door, Settings settings) throws IOException {
        return start(sdk, door, settings, Map.of());
    }

    Running start(Sdk sdk, Door door, Settings settings, Map<String, String> more) throws IOException {
        var environment = new HashMap<>(door.environment(sdk.environment()));
        environment.putAll(more);
        return engine.user(
                user(), environment, door.command(sdk.command(settings.json().toString())));
    }

    /** Runs a program to its end. */
    Finished run(Sdk sdk, Door door, Settings settings) throws IOException, InterruptedException {
        return start(sdk, door, settings).finish();
    }

    @Override
    public void close() throws IOException {
        try {
            engine.close();
        } finally {
            slow.close();
            registry.close();
        }
    }
}
