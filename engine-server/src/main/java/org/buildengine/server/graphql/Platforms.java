package org.buildengine.server.graphql;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Platforms of images in their normal form, {@code os/architecture} or {@code os/architecture/variant}: usual aliases
 * are replaced, a variant that is implied is left out.
 *
 * @param own platform of the host, from which a missing half is taken
 */
record Platforms(String own) {
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_-]+");
    private static final Set<String> SYSTEMS = Set.of(
            "aix",
            "android",
            "darwin",
            "dragonfly",
            "freebsd",
            "illumos",
            "ios",
            "js",
            "linux",
            "netbsd",
            "openbsd",
            "plan9",
            "solaris",
            "wasip1",
            "windows",
            "zos");
    private static final Set<String> ARCHITECTURES = Set.of(
            "386",
            "amd64",
            "arm",
            "arm64",
            "loong64",
            "mips",
            "mips64",
            "mips64le",
            "mipsle",
            "ppc64",
            "ppc64le",
            "riscv64",
            "s390x",
            "wasm");
    private static final Map<String, String> ALIASES = Map.of(
            "x86_64", "amd64", "x86-64", "amd64", "aarch64", "arm64", "i386", "386", "armhf", "arm", "armel", "arm/v6",
            "macos", "darwin");

    /**
     * The normal form of what a person wrote, e.g. {@code linux/arm64} for {@code linux/aarch64}, or for {@code arm64}
     * on a Linux host.
     */
    String normalize(String given) throws Coercion.MisfitException {
        String[] parts = given.toLowerCase(Locale.ROOT).split("/", -1);
        if (parts.length > 3) {
            throw unknown(given);
        }
        for (String part : parts) {
            if (!PART.matcher(part).matches()) {
                throw unknown(given);
            }
        }
        String first = ALIASES.getOrDefault(parts[0], parts[0]);
        if (parts.length == 1) {
            if (SYSTEMS.contains(first)) {
                return first + "/" + own.substring(own.indexOf('/') + 1);
            }
            return join(given, own.substring(0, own.indexOf('/')), parts[0], "");
        }
        return join(given, first, parts[1], parts.length == 3 ? parts[2] : "");
    }

    private static String join(String given, String system, String architecture, String variant)
            throws Coercion.MisfitException {
        String resolved = ALIASES.getOrDefault(architecture, architecture);
        int slash = resolved.indexOf('/');
        String name = slash < 0 ? resolved : resolved.substring(0, slash);
        String version = variant.isEmpty() && slash >= 0 ? resolved.substring(slash + 1) : variant;
        if (!SYSTEMS.contains(system) || !ARCHITECTURES.contains(name)) {
            throw unknown(given);
        }
        if (name.equals("arm") && version.isEmpty()) {
            version = "v7";
        }
        boolean implied = version.isEmpty()
                || (name.equals("arm64") && (version.equals("v8") || version.equals("8")))
                || (name.equals("amd64") && version.equals("v1"));
        if (implied) {
            return system + "/" + name;
        }
        return system + "/" + name + "/" + (Character.isDigit(version.charAt(0)) ? "v" + version : version);
    }

    private static Coercion.MisfitException unknown(String given) {
        return new Coercion.MisfitException("unknown operating system or architecture: \"" + given
                + "\"; write it like linux/amd64 or linux/arm/v7");
    }
}
