package org.buildengine.server.network;

import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How containers on the bridge ask for names. They ask the host's resolvers directly where they reach them. A resolver on
 * the host's loopback (a local cache, or a stub inside of another container) they do not reach: of systemd's stub, the
 * servers behind it are known; for others the gateway's address forwards. Safe for several threads.
 */
final class ContainerNames implements Closeable {
    /** Where the stub of systemd-resolved listens (systemd-resolved.service(8)). */
    private static final InetAddress SYSTEMD_STUB = InetAddress.ofLiteral("127.0.0.53");

    private final Path resolvConf;
    private final Path behindSystemd;
    private final InetAddress gateway;

    /** What was read last, which seldom changes. */
    private volatile ResolvConf last = ResolvConf.parse("");

    private @Nullable DnsForwarder forwarder;
    private boolean closed;

    /**
     * Asks nobody yet.
     *
     * @param resolvConf the host's file
     * @param behindSystemd the file in which systemd-resolved names the servers behind its stub
     * @param gateway an address of the host that containers reach
     */
    ContainerNames(Path resolvConf, Path behindSystemd, InetAddress gateway) {
        this.resolvConf = resolvConf;
        this.behindSystemd = behindSystemd;
        this.gateway = gateway;
    }

    /** The file for a container, made of what the host's file says now. */
    String resolvConf() throws IOException {
        ResolvConf host = read(resolvConf).orElseGet(() -> ResolvConf.parse(""));
        if (host.servers().equals(List.of(SYSTEMD_STUB))) {
            host = read(behindSystemd).orElse(host);
        }
        if (host.hidden().isEmpty()) {
            return host.text();
        }
        forward(host.hidden());
        return host.withHiddenBehind(gateway.getHostAddress());
    }

    private Optional<ResolvConf> read(Path file) throws IOException {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException | AccessDeniedException _) {
            return Optional.empty();
        }
        ResolvConf known = last;
        if (!known.text().equals(text)) {
            known = ResolvConf.parse(text);
            last = known;
        }
        return Optional.of(known);
    }

    private synchronized void forward(List<InetAddress> servers) throws IOException {
        if (closed) {
            throw new IOException("the network is closed");
        }
        if (forwarder != null) {
            forwarder.ask(servers);
            return;
        }
        try {
            forwarder = DnsForwarder.listen(gateway, servers);
        } catch (BindException e) {
            // A resolver of the host listens at every address, also at this one: it answers itself.
            System.getLogger(ContainerNames.class.getName())
                    .log(System.Logger.Level.DEBUG, "port 53 of " + gateway + " has an owner", e);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        if (forwarder != null) {
            forwarder.close();
        }
    }
}
