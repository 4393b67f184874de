package org.buildengine.cli.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A container of an image with the rights that {@code docker run --privileged} gives: every capability that there is, all
 * devices, nothing masked or read-only, namespaces of its own.
 */
final class PrivilegedContainer implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    /** The capabilities, in the order of their numbers (capability.h). */
    private static final List<String> CAPABILITIES =
            List.of(("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE"
                            + " NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO"
                            + " SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME"
                            + " SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG"
                            + " WAKE_ALARM BLOCK_SUSPEND AUDIT_READ")
                    .split(" "));

    private final Path directory;
    private final String runtime;
    private final String name;
    private final Running process;

    private PrivilegedContainer(Path directory, String runtime, String name, Running process) {
        this.directory = directory;
        this.runtime = runtime;
        this.name = name;
        this.process = process;
    }

    /**
     * Starts one as the image says.
     *
     * @param directory an empty directory
     * @param runtime crun or runc
     * @param volumes directories of the container by the host's that are seen there
     */
    static PrivilegedContainer start(
            Path directory, String runtime, ImageLayout image, Map<Path, String> volumes, List<String> environment)
            throws IOException, InterruptedException {
        image.unpack(directory, directory.resolve("rootfs"));
        String name = "image-" + Site.nonce();
        Running.start(directory, directory, Map.of(), List.of(runtime, "spec"))
                .finish()
                .succeeded();
        Path file = directory.resolve("config.json");
        var spec = (ObjectNode) JSON.readTree(file.toFile());
        configure(spec, image.configuration().get("config"), environment);
        open(spec, volumes);
        JSON.writeValue(file.toFile(), spec);
        return new PrivilegedContainer(
                directory, runtime, name, Running.start(directory, directory, Map.of(), List.of(runtime, "run", name)));
    }

    private static void configure(ObjectNode spec, JsonNode config, List<String> environment) throws IOException {
        var process = (ObjectNode) spec.get("process");
        process.put("terminal", false)
                .put("noNewPrivileges", false)
                .put("cwd", config.get("WorkingDir").asText());
        process.remove("rlimits");
        process.putArray("args").addAll((ArrayNode) config.get("Entrypoint")).addAll((ArrayNode) config.get("Cmd"));
        ArrayNode variables = process.putArray("env").addAll((ArrayNode) config.get("Env"));
        environment.forEach(variables::add);
        ObjectNode capabilities = process.putObject("capabilities");
        for (String set : List.of("bounding", "effective", "permitted")) {
            ArrayNode all = capabilities.putArray(set);
            capabilities().forEach(all::add);
        }
    }

    /** Those that this process may pass on. */
    private static List<String> capabilities() throws IOException {
        long bounding = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("CapBnd:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf('\t') + 1), 16))
                .findFirst()
                .orElseThrow();
        var capabilities = new ArrayList<String>();
        for (int i = 0; i < CAPABILITIES.size(); i++) {
            if ((bounding >> i & 1) != 0) {
                capabilities.add("CAP_" + CAPABILITIES.get(i));
            }
        }
        return capabilities;
    }

    private static void open(ObjectNode spec, Map<Path, String> volumes) {
        ((ObjectNode) spec.get("root")).put("readonly", false);
        var linux = (ObjectNode) spec.get("linux");
        linux.remove(List.of("maskedPaths", "readonlyPaths", "seccomp"));
        linux.putObject("resources")
                .putArray("devices")
                .addObject()
                .put("allow", true)
                .put("access", "rwm");
        var mounts = (ArrayNode) spec.get("mounts");
        for (JsonNode mount : mounts) {
            if (mount.get("options") instanceof ArrayNode options) {
                for (int i = options.size() - 1; i >= 0; i--) {
                    if (options.get(i).asText().equals("ro")) {
                        options.remove(i);
                    }
                }
            }
        }
        volumes.forEach((host, inside) -> {
            ObjectNode mount = mounts.addObject();
            mount.put("type", "bind").put("source", host.toString()).put("destination", inside);
            mount.putArray("options").add("rbind").add("rw");
        });
    }

    String name() {
        return name;
    }

    /** Its first process, with its output. */
    Running process() {
        return process;
    }

    /** Runs a command in it. */
    Finished exec(String... command) throws IOException, InterruptedException {
        var all = new ArrayList<>(List.of(runtime, "exec", name));
        all.addAll(List.of(command));
        return Running.start(directory, directory, Map.of(), all).finish();
    }

    /** Sends its first process a signal. */
    void signal(String signal) throws IOException, InterruptedException {
        Running.start(directory, directory, Map.of(), List.of(runtime, "kill", name, signal))
                .finish()
                .succeeded();
    }

    /** Ends it, if it has not ended. */
    @Override
    public void close() throws IOException {
        try {
            Running.start(directory, directory, Map.of(), List.of(runtime, "delete", "--force", name))
                    .finish();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a container ends", e);
        }
    }
}
