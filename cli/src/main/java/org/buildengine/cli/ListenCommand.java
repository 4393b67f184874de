package org.buildengine.cli;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.buildengine.client.Attacher;
import org.buildengine.client.RandomBytes;
import org.buildengine.client.proxy.CrossOrigin;
import org.buildengine.client.proxy.LocalProxy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code engine listen}: keeps a session open for programs that are started elsewhere, until a signal comes. As Dagger's
 * command it takes the secret from {@code DAGGER_SESSION_TOKEN} and says on standard error where it listens.
 */
@Command(
        name = "listen",
        description = "Opens a session and serves it at an address until it is interrupted.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "The secret of the session is DAGGER_SESSION_TOKEN, or one that is made up and",
            "printed. Programs that use it have it in DAGGER_SESSION_TOKEN, and the port in",
            "DAGGER_SESSION_PORT.",
            "",
            "Example:",
            "  DAGGER_SESSION_TOKEN=secret engine listen --listen 127.0.0.1:8080",
            "  curl -u secret: --json '{\"query\":\"{version}\"}' 127.0.0.1:8080/query"
        })
final class ListenCommand implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Main main;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where to listen (default: 127.0.0.1:8080); port 0 takes a free one.")
    private String listen = "127.0.0.1:8080";

    @Option(
            names = "--disable-host-read-write",
            description = "Offer nothing of this machine to the session: no files, secrets or logins.")
    private boolean closed;

    @Option(
            names = "--allow-cors",
            description = "Let browsers use it for pages of any origin; they need the secret all the same.")
    private boolean allowCors;

    @Override
    public Integer call() throws IOException, InterruptedException {
        InetSocketAddress address = address();
        String named = System.getenv().getOrDefault("DAGGER_SESSION_TOKEN", "");
        String token = named.isEmpty() ? RandomBytes.uuid() : named;
        OpenSession session = OpenSession.begin(
                EngineChoice.from(System.getenv()),
                main.options().displayBesideOthers(),
                closed ? Attacher.none() : HostAttachments.below(main.options().workdir()),
                VersionCommand.API_VERSION);
        try (OnSignal _ = OnSignal.then(() -> {
                    session.close();
                    return 0;
                });
                session;
                LocalProxy proxy = LocalProxy.open(
                        session.session(), address, token, allowCors ? CrossOrigin.ALLOWED : CrossOrigin.REFUSED)) {
            Optional<Throwable> failure = session.failure();
            if (failure.isPresent()) {
                System.err.println("engine: " + Failures.describe(failure.get()));
                return 1;
            }
            if (named.isEmpty()) {
                System.err.println("==> DAGGER_SESSION_TOKEN=" + token);
            }
            System.err.println(
                    "==> server listening on http://" + address.getHostString() + ":" + proxy.port() + "/query");
            new CountDownLatch(1).await();
            return 0;
        } catch (BindException e) {
            throw new IOException("cannot listen on " + listen + ": " + e.getMessage(), e);
        }
    }

    private InetSocketAddress address() {
        int colon = listen.lastIndexOf(':');
        if (colon > 0 && listen.substring(colon + 1).matches("[0-9]{1,5}")) {
            int port = Integer.parseInt(listen.substring(colon + 1));
            InetSocketAddress address = new InetSocketAddress(listen.substring(0, colon), Math.min(port, 65535));
            if (port == address.getPort() && !address.isUnresolved()) {
                return address;
            }
        }
        throw new ParameterException(
                spec.commandLine(), "--listen: \"" + listen + "\" is no address; write HOST:PORT, as 127.0.0.1:8080");
    }
}
