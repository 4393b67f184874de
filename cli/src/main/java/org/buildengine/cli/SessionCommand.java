package org.buildengine.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.buildengine.client.proxy.LocalProxy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/**
 * {@code engine session}: what the SDKs start when {@code _EXPERIMENTAL_DAGGER_CLI_BIN} names our launcher. Prints one line
 * of JSON with exactly two keys (a third one breaks the Python SDK), then serves until standard input ends or a signal
 * comes.
 */
@Command(
        name = "session",
        description = "Opens a session for an SDK and prints its port and token as one line of JSON.",
        sortOptions = false,
        footer = {
            "",
            "SDKs start it by themselves where _EXPERIMENTAL_DAGGER_CLI_BIN names this command.",
            "The session ends when standard input does."
        })
@SuppressWarnings("UnusedVariable") // some options are only accepted
final class SessionCommand implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Main main;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    private boolean help;

    // Not the version of the command, as with all others: the SDKs say theirs here.
    @Option(names = "--version", paramLabel = "VERSION", description = "The version of the API that the client speaks.")
    private String version = VersionCommand.API_VERSION;

    @Option(names = "--label", paramLabel = "KEY:VALUE", hidden = true, description = "A fact about the client.")
    private List<String> labels = List.of();

    @Option(names = "--project", hidden = true, description = "Accepted for compatibility.")
    private String project = "";

    @Option(
            names = {"-W", "--workspace"},
            hidden = true,
            description = "Accepted for compatibility.")
    private String workspace = "";

    @Option(names = "--load-workspace-modules", hidden = true, description = "Accepted for compatibility.")
    private boolean loadModules;

    @Option(names = "--skip-workspace-modules", hidden = true, description = "Accepted for compatibility.")
    private boolean skipModules;

    @Override
    public Integer call() throws IOException {
        PrintStream out = System.out;
        OpenSession session = OpenSession.begin(
                EngineChoice.from(System.getenv()),
                main.options().displayBesideOthers(),
                HostAttachments.below(main.options().workdir()),
                version);
        // The TypeScript SDK ends us by SIGTERM and takes any other exit code than 0 for a failure.
        try (OnSignal _ = OnSignal.then(() -> {
                    session.close();
                    return 0;
                });
                session;
                LocalProxy proxy = LocalProxy.open(session.session())) {
            Optional<Throwable> failure = session.failure();
            if (failure.isPresent()) {
                System.err.println("engine: " + Failures.describe(failure.get()));
                return 1;
            }
            out.println("{\"port\":" + proxy.port() + ",\"session_token\":\"" + proxy.token() + "\"}");
            out.flush();
            endOfInput();
            return 0;
        }
    }

    /** The SDK keeps our standard input open for as long as it needs the session. */
    private static void endOfInput() throws IOException {
        InputStream in = System.in;
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("standard input").start(() -> {
            try {
                in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                System.getLogger(SessionCommand.class.getName())
                        .log(System.Logger.Level.DEBUG, "standard input failed", e);
            } finally {
                ended.complete(null);
            }
        });
        ended.join();
    }
}
