package org.buildengine.server.exec;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The filter of system calls that containers run under: a list of what is allowed, and a few calls that are allowed
 * with some arguments only. What is refused fails with EPERM, {@code clone3} with ENOSYS, so that the C library falls
 * back to {@code clone}, whose flags a filter can see.
 */
final class Seccomp {
    private static final int ENOSYS = 38;
    private static final int EPERM = 1;
    private static final int AF_VSOCK = 40;
    // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
    private static final long NEW_NAMESPACES = 0x7E020000L;
    private static final long[] PERSONALITIES = {0x0, 0x0008, 0x20000, 0x20008, 0xffffffffL};

    private Seccomp() {}

    /** The {@code linux.seccomp} object of an OCI specification. */
    static ObjectNode filter(String arch) {
        var json = JsonNodeFactory.instance;
        ObjectNode filter = json.objectNode();
        filter.put("defaultAction", "SCMP_ACT_ERRNO").put("defaultErrnoRet", EPERM);
        ArrayNode architectures = filter.putArray("architectures");
        architectures(arch).forEach(architectures::add);
        ArrayNode calls = filter.putArray("syscalls");
        ArrayNode names = rule(calls, "SCMP_ACT_ALLOW").putArray("names");
        allowed().forEach(names::add);
        for (long personality : PERSONALITIES) {
            argument(named(calls, "personality", "SCMP_ACT_ALLOW"), 0, personality, "SCMP_CMP_EQ");
        }
        argument(named(calls, "clone", "SCMP_ACT_ALLOW"), 0, NEW_NAMESPACES, "SCMP_CMP_MASKED_EQ")
                .put("valueTwo", 0);
        argument(named(calls, "socket", "SCMP_ACT_ALLOW"), 0, AF_VSOCK, "SCMP_CMP_NE");
        named(calls, "clone3", "SCMP_ACT_ERRNO").put("errnoRet", ENOSYS);
        return filter;
    }

    private static ObjectNode rule(ArrayNode calls, String action) {
        return calls.addObject().put("action", action);
    }

    private static ObjectNode named(ArrayNode calls, String name, String action) {
        ObjectNode rule = rule(calls, action);
        rule.putArray("names").add(name);
        return rule;
    }

    private static ObjectNode argument(ObjectNode rule, int index, long value, String comparison) {
        return rule.putArray("args")
                .addObject()
                .put("index", index)
                .put("value", value)
                .put("op", comparison);
    }

    private static List<String> architectures(String arch) {
        return switch (arch) {
            case "amd64", "x86_64" -> List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
            case "aarch64", "arm64" -> List.of("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM");
            default -> List.of();
        };
    }

    private static List<String> allowed() {
        try (InputStream list = Seccomp.class.getResourceAsStream("seccomp-allowed.txt")) {
            if (list == null) {
                throw new IllegalStateException("the list of allowed system calls is missing from the program");
            }
            return new String(list.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
