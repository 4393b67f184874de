package org.buildengine.server.registry;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a program runs on, in the names that images use. Always normalised, so that equal platforms are equal values.
 *
 * @param os operating system, e.g. {@code linux}
 * @param arch architecture, e.g. {@code amd64}
 * @param variant variant of the architecture, e.g. {@code v7}; empty for none or the usual one
 */
public record Platform(String os, String arch, String variant) {
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

    public Platform {
        os = os.toLowerCase(Locale.ROOT);
        if (os.equals("macos")) {
            os = "darwin";
        }
        String wanted = arch.toLowerCase(Locale.ROOT);
        variant = variant.toLowerCase(Locale.ROOT);
        arch = switch (wanted) {
            case "x86_64", "x86-64", "amd64" -> "amd64";
            case "i386", "i486", "i586", "i686", "386" -> "386";
            case "aarch64", "arm64" -> "arm64";
            case "armhf", "armel", "arm" -> "arm";
            default -> wanted;
        };
        if (wanted.equals("armel")) {
            variant = "v6";
        }
        variant = usual(arch, variant);
    }

    private static String usual(String arch, String variant) {
        return switch (arch) {
            case "arm64" -> variant.equals("8") || variant.equals("v8") ? "" : variant;
            case "amd64" -> variant.equals("v1") ? "" : variant;
            case "arm" ->
                switch (variant) {
                    case "", "7" -> "v7";
                    case "5", "6", "8" -> "v" + variant;
                    default -> variant;
                };
            case "386" -> "";
            default -> variant;
        };
    }

    /** The platform of this machine. */
    public static Platform host() {
        return new Platform("linux", System.getProperty("os.arch", "amd64"), "");
    }

    /**
     * Reads {@code os/arch[/variant]}, {@code os} or {@code arch}; what is missing is this machine's.
     *
     * @throws IllegalArgumentException if it names no platform that exists
     */
    public static Platform parse(String text) {
        List<String> parts = List.of(text.split("/", -1));
        if (parts.size() > 3 || parts.stream().anyMatch(p -> !p.matches("[A-Za-z0-9_.-]+"))) {
            throw unknown(text);
        }
        Platform host = host();
        Platform parsed;
        if (parts.size() == 1) {
            var asSystem = new Platform(parts.getFirst(), host.arch(), host.variant());
            parsed = SYSTEMS.contains(asSystem.os()) ? asSystem : new Platform(host.os(), parts.getFirst(), "");
        } else {
            parsed = new Platform(parts.get(0), parts.get(1), parts.size() == 3 ? parts.get(2) : "");
        }
        if (!SYSTEMS.contains(parsed.os()) || !ARCHITECTURES.contains(parsed.arch())) {
            throw unknown(text);
        }
        return parsed;
    }

    private static IllegalArgumentException unknown(String text) {
        return new IllegalArgumentException("unknown operating system or architecture: \"" + text
                + "\"; write it like linux/amd64 or linux/arm/v7");
    }

    /**
     * How well something made for {@code offered} runs here: 0 not at all, more is better. A 32-bit ARM machine runs
     * older variants, a 64-bit one also 32-bit programs, an x86-64 one also those for the 386; a given variant of
     * x86-64 runs the lower ones.
     */
    public int suitability(Platform offered) {
        if (equals(offered)) {
            return 1000;
        }
        if (!os.equals(offered.os)) {
            return 0;
        }
        if (arch.equals(offered.arch)) {
            int mine = level(variant);
            int theirs = level(offered.variant);
            return theirs <= mine ? 900 - (mine - theirs) : 0;
        }
        if (arch.equals("arm64") && offered.arch.equals("arm")) {
            int theirs = level(offered.variant);
            return theirs <= 8 ? 500 + theirs : 0;
        }
        return arch.equals("amd64") && offered.arch.equals("386") ? 500 : 0;
    }

    private static int level(String variant) {
        return variant.matches("v[0-9]{1,3}") ? Integer.parseInt(variant.substring(1)) : variant.isEmpty() ? 1 : 999;
    }

    @Override
    public String toString() {
        return os + "/" + arch + (variant.isEmpty() ? "" : "/" + variant);
    }
}
