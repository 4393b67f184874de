package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.buildengine.server.network.Namespace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Specifications against files that were looked through by a person. */
class SpecBuilderTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HostFacts HOST = new HostFacts(
            "amd64",
            0x1ffffffffffL,
            4096,
            8 << 20,
            List.of(new HostFacts.Device("/dev/vda", true, 254, 0, 0660, 0, 6)));

    private static ContainerSpec spec(boolean insecure) {
        return new ContainerSpec(
                Path.of("/trees/root"),
                List.of("sh", "-c", "true"),
                List.of("PATH=/bin", "A=x y"),
                "/work",
                new Identity(1000, 1001, List.of(10, 12), "/home/bob"),
                "dagger",
                List.of(
                        ContainerSpec.Mount.bind("/etc/hosts", Path.of("/run/hosts"), true),
                        ContainerSpec.Mount.bind("/src", Path.of("/trees/src"), false),
                        new ContainerSpec.Mount("/tmp", Optional.empty(), false, 1 << 20)),
                insecure ? Optional.empty() : Optional.of(Path.of("/usr/bin/tini-static")),
                insecure ? new Namespace.Fresh() : new Namespace.Prepared(Path.of("/run/netns/one")),
                true,
                insecure,
                true,
                insecure ? Optional.empty() : Optional.of("/build-engine/one"));
    }

    private static ObjectNode built(boolean insecure) throws IOException {
        byte[] program = {1, 2, 3};
        return (ObjectNode)
                JSON.readTree(new SpecBuilder(HOST).withCompiledFilter(program).build(spec(insecure)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theSpecificationIsTheOneInTheFile(boolean insecure) throws IOException {
        ObjectNode spec = built(insecure);
        ((ObjectNode) spec.get("linux")).remove("seccomp");

        String name = insecure ? "config-insecure.json" : "config.json";
        try (InputStream golden = SpecBuilderTest.class.getResourceAsStream(name)) {
            String text = new String(Objects.requireNonNull(golden, name).readAllBytes(), StandardCharsets.UTF_8);
            assertThat(spec.toPrettyString()).isEqualTo(JSON.readTree(text).toPrettyString());
        }
    }

    @Test
    void theFilterRefusesWhatItDoesNotKnowAndWhatAdministersTheHost() throws IOException {
        JsonNode filter = built(false).at("/linux/seccomp");

        assertThat(filter.path("defaultAction").asText()).isEqualTo("SCMP_ACT_ERRNO");
        assertThat(filter.path("defaultErrnoRet").asInt()).isEqualTo(1);
        assertThat(built(true).at("/linux/seccomp").isMissingNode()).isTrue();
        var allowed = new ArrayList<String>();
        filter.at("/syscalls/0/names").forEach(call -> allowed.add(call.asText()));
        assertThat(allowed)
                .contains("read", "execve", "chroot", "fork")
                .doesNotContain(
                        "mount",
                        "umount",
                        "umount2",
                        "pivot_root",
                        "move_mount",
                        "open_tree",
                        "fsopen",
                        "fsmount",
                        "mount_setattr",
                        "unshare",
                        "setns",
                        "clone",
                        "clone3",
                        "bpf",
                        "perf_event_open",
                        "keyctl",
                        "add_key",
                        "request_key",
                        "userfaultfd",
                        "io_uring_setup",
                        "init_module",
                        "finit_module",
                        "delete_module",
                        "kexec_load",
                        "kexec_file_load",
                        "reboot",
                        "swapon",
                        "swapoff",
                        "acct",
                        "quotactl",
                        "open_by_handle_at",
                        "iopl",
                        "ioperm",
                        "settimeofday",
                        "clock_settime",
                        "sethostname",
                        "setdomainname",
                        "syslog",
                        "nfsservctl",
                        "lookup_dcookie",
                        "vhangup");
    }
}
