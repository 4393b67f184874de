package org.buildengine.server.config;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.buildengine.server.cache.CacheRules;
import org.buildengine.server.cache.DiskSpace;
import org.buildengine.server.network.Ipv4Subnet;

/** Turns what the sources gave into a configuration. Every error names the value's source. */
final class ConfigParser {
    private static final Pattern AGE = Pattern.compile("([0-9]{1,6})([hd])");

    private final Map<ConfigKey, ConfigSources.Given> values;

    ConfigParser(Map<ConfigKey, ConfigSources.Given> values) {
        this.values = values;
    }

    EngineConfig parse() throws ConfigException {
        Duration idle = Duration.ofSeconds(number(ConfigKey.IDLE_EXIT, 0, Integer.MAX_VALUE));
        return new EngineConfig(
                listen(),
                mode(),
                root(),
                mirrors(),
                hosts(),
                choice(ConfigKey.NETWORK, NetworkMode.class),
                subnet(),
                choice(ConfigKey.OCI_RUNTIME, RuntimeChoice.class),
                flag(ConfigKey.ALLOW_INSECURE),
                space(ConfigKey.MEMORY_RESERVE),
                Optional.of(idle).filter(Duration::isPositive),
                Duration.ofSeconds(number(ConfigKey.CLIENT_DEADLINE, 2, Integer.MAX_VALUE)),
                Duration.ofSeconds(number(ConfigKey.STALL_DEADLINE, 2, Integer.MAX_VALUE)),
                cacheRules(),
                space(ConfigKey.LOGS_MAX_SPACE),
                (int) number(ConfigKey.MAX_HEADER_BYTES, 1 << 20, 64 << 20),
                number(ConfigKey.MAX_BODY_BYTES, 1 << 20, Integer.MAX_VALUE),
                origins());
    }

    private ConfigSources.Given given(ConfigKey key) {
        return java.util.Objects.requireNonNull(values.get(key), key.key());
    }

    private ConfigException wrong(ConfigKey key, String what) {
        return new ConfigException(key.key() + " (" + given(key).source() + "): " + what);
    }

    private List<ListenAddress> listen() throws ConfigException {
        var addresses = new ArrayList<ListenAddress>();
        for (String text : given(ConfigKey.LISTEN).values()) {
            try {
                addresses.add(ListenAddress.parse(text));
            } catch (ConfigException e) {
                throw wrong(ConfigKey.LISTEN, e.text());
            }
        }
        if (addresses.isEmpty()) {
            throw wrong(ConfigKey.LISTEN, "at least one address is needed");
        }
        if (!flag(ConfigKey.ALLOW_REMOTE_TCP)) {
            refuseRemote(addresses);
        }
        return addresses;
    }

    private void refuseRemote(List<ListenAddress> addresses) throws ConfigException {
        for (ListenAddress address : addresses) {
            if (address instanceof ListenAddress.Tcp tcp && !tcp.isLoopback()) {
                throw wrong(
                        ConfigKey.LISTEN,
                        tcp.text() + " can be reached from other machines, and whoever connects can run anything as"
                                + " root here: there is no password. Listen at 127.0.0.1, or allow it with"
                                + " --allow-remote-tcp");
            }
        }
    }

    private boolean flag(ConfigKey key) throws ConfigException {
        String value = given(key).single().strip().toLowerCase(Locale.ROOT);
        return switch (value) {
            case "true", "1", "yes" -> true;
            case "false", "0", "no" -> false;
            default -> throw wrong(key, "\"" + value + "\" is neither true nor false");
        };
    }

    private Set<PosixFilePermission> mode() throws ConfigException {
        String text = given(ConfigKey.SOCKET_MODE).single();
        if (!text.matches("0?[0-7]{3}")) {
            throw wrong(ConfigKey.SOCKET_MODE, "\"" + text + "\" is no mode: write three octal digits, like 0660");
        }
        int bits = Integer.parseInt(text, 8);
        var mode = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] order = PosixFilePermission.values();
        for (int i = 0; i < order.length; i++) {
            if ((bits & (0400 >> i)) != 0) {
                mode.add(order[i]);
            }
        }
        return mode;
    }

    private Path root() throws ConfigException {
        String text = given(ConfigKey.ROOT).single();
        if (text.isBlank()) {
            throw wrong(ConfigKey.ROOT, "a directory is needed");
        }
        return Path.of(text).toAbsolutePath().normalize();
    }

    private Optional<Ipv4Subnet> subnet() throws ConfigException {
        String text = given(ConfigKey.NETWORK_SUBNET).single().strip();
        if (text.equals("auto")) {
            return Optional.empty();
        }
        Ipv4Subnet subnet;
        try {
            subnet = Ipv4Subnet.parse(text);
        } catch (IllegalArgumentException e) {
            throw wrong(ConfigKey.NETWORK_SUBNET, String.valueOf(e.getMessage()));
        }
        if (subnet.prefix() < 8 || subnet.prefix() > 29) {
            throw wrong(
                    ConfigKey.NETWORK_SUBNET,
                    "\"" + text + "\" has an odd size: give one between /8 and /29, each execution takes an address");
        }
        return Optional.of(subnet);
    }

    private Map<String, List<String>> mirrors() throws ConfigException {
        var mirrors = new LinkedHashMap<String, List<String>>();
        for (String text : given(ConfigKey.REGISTRY_MIRROR).values()) {
            int equals = text.indexOf('=');
            String url = text.substring(equals + 1);
            if (equals <= 0 || !(url.startsWith("http://") || url.startsWith("https://"))) {
                throw wrong(
                        ConfigKey.REGISTRY_MIRROR,
                        "\"" + text + "\" is no mirror: write HOST=URL, for example"
                                + " docker.io=https://mirror.example.org");
            }
            mirrors.computeIfAbsent(text.substring(0, equals), host -> new ArrayList<>())
                    .add(url);
        }
        mirrors.replaceAll((host, urls) -> List.copyOf(urls));
        return mirrors;
    }

    private Set<String> hosts() throws ConfigException {
        var hosts = new LinkedHashSet<String>();
        for (String host : given(ConfigKey.REGISTRY_INSECURE).values()) {
            if (host.isBlank() || host.contains("/")) {
                throw wrong(
                        ConfigKey.REGISTRY_INSECURE,
                        "\"" + host + "\" is no host: write it without scheme and path, for example localhost:5000");
            }
            hosts.add(host);
        }
        return hosts;
    }

    private <E extends Enum<E>> E choice(ConfigKey key, Class<E> type) throws ConfigException {
        String text = given(key).single();
        List<String> known = Arrays.stream(type.getEnumConstants())
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
        int index = known.indexOf(text);
        if (index < 0) {
            throw wrong(key, "\"" + text + "\" is not one of " + String.join(", ", known));
        }
        return type.getEnumConstants()[index];
    }

    private long number(ConfigKey key, long least, long most) throws ConfigException {
        String text = given(key).single().strip();
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw wrong(key, "\"" + text + "\" is no whole number");
        }
        throw wrong(key, text + " is not between " + least + " and " + most);
    }

    private CacheRules cacheRules() throws ConfigException {
        return new CacheRules(
                flag(ConfigKey.GC),
                age(ConfigKey.GC_KEEP_DURATION),
                given(ConfigKey.GC_RESERVED_SPACE).single().strip().equals("auto")
                        ? DiskSpace.USUAL_RESERVE
                        : space(ConfigKey.GC_RESERVED_SPACE),
                space(ConfigKey.GC_MAX_USED_SPACE),
                space(ConfigKey.GC_MIN_FREE_SPACE));
    }

    private DiskSpace space(ConfigKey key) throws ConfigException {
        try {
            return DiskSpace.parse(given(key).single());
        } catch (IllegalArgumentException e) {
            throw wrong(key, String.valueOf(e.getMessage()));
        }
    }

    private Duration age(ConfigKey key) throws ConfigException {
        String text = given(key).single().strip();
        Matcher age = AGE.matcher(text);
        if (!age.matches()) {
            throw wrong(key, "\"" + text + "\" is no time: write hours or days, like 48h or 60d");
        }
        long count = Long.parseLong(age.group(1));
        return age.group(2).equals("h") ? Duration.ofHours(count) : Duration.ofDays(count);
    }

    private Map<ConfigKey, EngineConfig.Origin> origins() {
        var origins = new EnumMap<ConfigKey, EngineConfig.Origin>(ConfigKey.class);
        values.forEach((key, given) -> origins.put(
                key,
                new EngineConfig.Origin(
                        given.values().isEmpty() ? "none" : String.join(", ", given.values()), given.source())));
        return origins;
    }
}
