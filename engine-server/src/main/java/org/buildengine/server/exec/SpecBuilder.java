package org.buildengine.server.exec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.buildengine.server.network.Namespace;

/**
 * Writes OCI runtime specifications ({@code config.json}, version 1.0.2). A pure function of its arguments and of the
 * facts of the host: equal input gives equal bytes. Safe for several threads.
 *
 * <p>The rights of a container are Docker's: 14 capabilities, none of them inheritable, a filter of system calls, masked
 * and read-only paths of {@code /proc} and {@code /sys}.
 */
final class SpecBuilder {
    /** Where the init process is mounted: in a file system in memory, so that it leaves nothing in the tree. */
    static final String INIT = "/dev/init";

    /** The annotation by which crun takes a compiled filter; from its manual page. */
    private static final String COMPILED_FILTER = "run.oci.seccomp_bpf_data";

    private static final List<String> CAPABILITIES = List.of(
            "CHOWN",
            "DAC_OVERRIDE",
            "DAC_READ_SEARCH",
            "FOWNER",
            "FSETID",
            "KILL",
            "SETGID",
            "SETUID",
            "SETPCAP",
            "LINUX_IMMUTABLE",
            "NET_BIND_SERVICE",
            "NET_BROADCAST",
            "NET_ADMIN",
            "NET_RAW",
            "IPC_LOCK",
            "IPC_OWNER",
            "SYS_MODULE",
            "SYS_RAWIO",
            "SYS_CHROOT",
            "SYS_PTRACE",
            "SYS_PACCT",
            "SYS_ADMIN",
            "SYS_BOOT",
            "SYS_NICE",
            "SYS_RESOURCE",
            "SYS_TIME",
            "SYS_TTY_CONFIG",
            "MKNOD",
            "LEASE",
            "AUDIT_WRITE",
            "AUDIT_CONTROL",
            "SETFCAP",
            "MAC_OVERRIDE",
            "MAC_ADMIN",
            "SYSLOG",
            "WAKE_ALARM",
            "BLOCK_SUSPEND",
            "AUDIT_READ",
            "PERFMON",
            "BPF",
            "CHECKPOINT_RESTORE");
    private static final List<String> DEFAULT_CAPABILITIES = List.of(
            "CHOWN",
            "DAC_OVERRIDE",
            "FSETID",
            "FOWNER",
            "MKNOD",
            "NET_RAW",
            "SETGID",
            "SETUID",
            "SETFCAP",
            "SETPCAP",
            "NET_BIND_SERVICE",
            "SYS_CHROOT",
            "KILL",
            "AUDIT_WRITE");
    private static final List<String> MASKED = List.of(
            "/proc/acpi",
            "/proc/asound",
            "/proc/interrupts",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/sys/devices/virtual/powercap",
            "/sys/firmware");
    private static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HostFacts host;
    private final byte[] restrictions;

    SpecBuilder(HostFacts host) {
        this(host, Optional.empty());
    }

    private SpecBuilder(HostFacts host, Optional<String> compiled) {
        this.host = host;
        this.restrictions = restrictions(host, compiled);
    }

    /**
     * The same with the filter of system calls added in the kernel's form, for a runtime that then need not compile it
     * for every container. The filter as text stays: a runtime that does not know the annotation uses that one.
     */
    SpecBuilder withCompiledFilter(byte[] program) {
        return new SpecBuilder(host, Optional.of(Base64.getEncoder().encodeToString(program)));
    }

    /**
     * What restricts a container is long and the same for all, so it is written once: the end of {@code linux}, and what
     * comes after that.
     */
    private static byte[] restrictions(HostFacts host, Optional<String> compiled) {
        ObjectNode linux = JSON.createObjectNode();
        linux.putRawValue("seccomp", new RawValue(Seccomp.filter(host.arch()).toString()));
        ArrayNode masked = linux.putArray("maskedPaths");
        MASKED.forEach(masked::add);
        ArrayNode readOnly = linux.putArray("readonlyPaths");
        READ_ONLY.forEach(readOnly::add);
        ObjectNode root = JSON.createObjectNode();
        root.set("linux", linux);
        compiled.ifPresent(program -> root.putObject("annotations").put(COMPILED_FILTER, program));
        byte[] all = bytes(root);
        int opened = "{\"linux\":{".length();
        return Arrays.copyOfRange(all, opened, all.length);
    }

    /** The bytes of {@code config.json}. */
    byte[] build(ContainerSpec spec) {
        ObjectNode root = JSON.createObjectNode();
        root.put("ociVersion", "1.0.2");
        process(root.putObject("process"), spec);
        root.putObject("root").put("path", spec.root().toString()).put("readonly", false);
        root.put("hostname", spec.hostname());
        mounts(root.putArray("mounts"), spec);
        linux(root.putObject("linux"), spec);
        byte[] own = bytes(root);
        if (spec.insecure()) {
            return own;
        }
        int open = own.length - "}}".length();
        byte[] all = Arrays.copyOf(own, open + 1 + restrictions.length);
        all[open] = ',';
        System.arraycopy(restrictions, 0, all, open + 1, restrictions.length);
        return all;
    }

    private static byte[] bytes(ObjectNode root) {
        try {
            return JSON.writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON nodes can always be written", e);
        }
    }

    private void process(ObjectNode process, ContainerSpec spec) {
        process.put("terminal", false);
        ObjectNode user = process.putObject("user");
        user.put("uid", spec.user().uid()).put("gid", spec.user().gid());
        ArrayNode groups = user.putArray("additionalGids");
        spec.user().groups().forEach(groups::add);
        ArrayNode args = process.putArray("args");
        if (spec.init().isPresent()) {
            args.add(INIT).add("--");
        }
        spec.args().forEach(args::add);
        ArrayNode env = process.putArray("env");
        spec.env().forEach(env::add);
        process.put("cwd", spec.cwd());
        ObjectNode capabilities = process.putObject("capabilities");
        List<String> granted = granted(spec);
        for (String set : List.of("bounding", "effective", "permitted")) {
            ArrayNode names = capabilities.putArray(set);
            granted.forEach(names::add);
        }
        process.putArray("rlimits")
                .addObject()
                .put("type", "RLIMIT_NOFILE")
                .put("hard", host.openFiles())
                .put("soft", Math.min(1024, host.openFiles()));
        process.put("noNewPrivileges", false);
    }

    private List<String> granted(ContainerSpec spec) {
        return IntStream.range(0, CAPABILITIES.size())
                .filter(bit -> (host.capabilities() >>> bit & 1) == 1)
                .mapToObj(CAPABILITIES::get)
                .filter(name -> spec.insecure() || DEFAULT_CAPABILITIES.contains(name))
                .filter(name -> spec.insecure() || spec.devicesGuarded() || !name.equals("MKNOD"))
                .map(name -> "CAP_" + name)
                .toList();
    }

    private static void mounts(ArrayNode mounts, ContainerSpec spec) {
        mount(mounts, "/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev"));
        mount(mounts, "/dev", "tmpfs", "tmpfs", List.of("nosuid", "strictatime", "mode=755", "size=65536k"));
        mount(
                mounts,
                "/dev/pts",
                "devpts",
                "devpts",
                List.of("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"));
        mount(mounts, "/dev/shm", "tmpfs", "shm", List.of("nosuid", "noexec", "nodev", "mode=1777", "size=65536k"));
        mount(mounts, "/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev"));
        mount(
                mounts,
                "/sys",
                "sysfs",
                "sysfs",
                spec.insecure() ? List.of("nosuid", "noexec", "nodev") : List.of("nosuid", "noexec", "nodev", "ro"));
        spec.init()
                .ifPresent(
                        init -> mount(mounts, INIT, "bind", init.toString(), List.of("bind", "ro", "nosuid", "nodev")));
        for (ContainerSpec.Mount mount : spec.mounts()) {
            if (mount.source().isPresent()) {
                mount(
                        mounts,
                        mount.target(),
                        "bind",
                        mount.source().get().toString(),
                        List.of("rbind", "rprivate", mount.readOnly() ? "ro" : "rw"));
            } else {
                var options = new ArrayList<>(List.of("nosuid", "nodev", "mode=1777"));
                if (mount.size() > 0) {
                    options.add("size=" + mount.size());
                }
                mount(mounts, mount.target(), "tmpfs", "tmpfs", options);
            }
        }
    }

    private static void mount(ArrayNode mounts, String target, String type, String source, List<String> options) {
        ObjectNode mount = mounts.addObject();
        mount.put("destination", target).put("type", type).put("source", source);
        ArrayNode list = mount.putArray("options");
        options.forEach(list::add);
    }

    private void linux(ObjectNode linux, ContainerSpec spec) {
        ArrayNode namespaces = linux.putArray("namespaces");
        for (String type : List.of("pid", "mount", "ipc", "uts")) {
            namespaces.addObject().put("type", type);
        }
        if (spec.ownCgroupView()) {
            namespaces.addObject().put("type", "cgroup");
        }
        switch (spec.network()) {
            case Namespace.Shared _ -> {}
            case Namespace.Fresh _ -> namespaces.addObject().put("type", "network");
            case Namespace.Prepared ready ->
                namespaces
                        .addObject()
                        .put("type", "network")
                        .put("path", ready.path().toString());
        }
        Optional<String> cgroupPath = spec.cgroupPath();
        cgroupPath.ifPresent(path -> linux.put("cgroupsPath", path));
        // Runtimes add the devices that every container has.
        linux.putObject("resources")
                .putArray("devices")
                .addObject()
                .put("allow", spec.insecure())
                .put("access", "rwm");
        if (spec.insecure()) {
            devices(linux.putArray("devices"));
        }
    }

    private void devices(ArrayNode devices) {
        for (HostFacts.Device device : host.devices()) {
            devices.addObject()
                    .put("path", device.path())
                    .put("type", device.block() ? "b" : "c")
                    .put("major", device.major())
                    .put("minor", device.minor())
                    .put("fileMode", device.mode())
                    .put("uid", device.uid())
                    .put("gid", device.gid());
        }
    }
}
