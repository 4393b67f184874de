package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.buildengine.server.Server;
import org.buildengine.server.config.EngineConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon as a service of systemd: the unit of the distribution, and what the daemon tells its service manager. */
class SystemdIT {
    private static final Path HOME = Path.of(System.getProperty("engine.distribution"));
    private static final Path UNIT = HOME.resolve("lib/systemd/build-engine.service");
    private static final String PLACE = "/opt/build-engine";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @Test
    void systemdFindsNothingWrongWithTheUnitOfADistributionInItsPlace() throws IOException, InterruptedException {
        Path here = Files.writeString(
                directory.resolve("build-engine.service"),
                Files.readString(UNIT).replace(PLACE, HOME.toString()));

        Finished verified = Running.start(
                        directory,
                        directory,
                        Map.of(),
                        List.of("systemd-analyze", "verify", "--man=no", here.toString()))
                .finish()
                .succeeded();

        // What it does not know it only warns of; of other units it may have to say something too.
        assertThat(verified.err() + verified.out()).doesNotContain("build-engine");
    }

    @Test
    void unitSaysTheSameAsTheDaemonsDefaults() throws Exception {
        Map<String, String> unit = directives(UNIT);
        EngineConfig defaults = EngineConfig.sources().build();

        assertThat(unit)
                .containsEntry("ExecStart", PLACE + "/bin/engine serve")
                .containsEntry("Type", "notify")
                .containsEntry("KillMode", "mixed")
                .containsEntry("Delegate", "yes")
                .containsEntry("OOMPolicy", "continue")
                .containsEntry("Restart", "on-failure");
        assertThat("/var/lib/" + unit.get("StateDirectory"))
                .isEqualTo(defaults.root().toString());
        assertThat(defaults.listen().getFirst().text())
                .isEqualTo("unix:///run/" + unit.get("RuntimeDirectory") + "/engine.sock");
        assertThat(Duration.ofSeconds(Long.parseLong(unit.getOrDefault("TimeoutStopSec", "0"))))
                .isGreaterThanOrEqualTo(Server.DRAIN.multipliedBy(2));
        Finished wrong = Running.start(
                        directory,
                        directory,
                        Map.of("ENGINE_NETWORK", "none-such"),
                        List.of(ScratchEngine.LAUNCHER, "serve"))
                .finish();
        assertThat(Integer.toString(wrong.code())).isEqualTo(unit.get("RestartPreventExitStatus"));
    }

    /** The last value of each directive, of whatever section. */
    private static Map<String, String> directives(Path unit) throws IOException {
        var directives = new HashMap<String, String>();
        for (String line : Files.readAllLines(unit)) {
            if (line.matches("[A-Za-z]+=.*")) {
                directives.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
            }
        }
        return directives;
    }

    @Test
    void daemonTellsItsServiceManagerThatItListensAndThatItEnds() throws IOException, InterruptedException {
        Path socket = directory.resolve("notify");
        Running manager =
                Running.start(directory, directory, Map.of(), List.of("python3", "-c", """
                import os, socket, sys
                manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                manager.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
                manager.bind(sys.argv[1])
                print("ready", flush=True)
                while True:
                    text, ancillary, _, _ = manager.recvmsg(4096, 4096)
                    for level, kind, data in ancillary:
                        if kind == socket.SCM_RIGHTS:
                            os.close(int.from_bytes(data[:4], sys.byteorder))
                        else:
                            print("from", int.from_bytes(data[:4], sys.byteorder), end=": ")
                    print(text.decode().replace("\\n", " "), flush=True)
                    if b"STOPPING=1" in text:
                        break
                """, socket.toString()));
        try {
            await().atMost(Running.PATIENCE).until(() -> manager.out().contains("ready"));
            try (ScratchEngine engine =
                    ScratchEngine.start(directory.resolve("engine"), Map.of("NOTIFY_SOCKET", socket.toString()))) {
                String sender = "from " + engine.daemon().pid() + ": ";
                await().atMost(Running.PATIENCE).until(() -> manager.out().contains(sender + "READY=1"));
                assertThat(manager.out()).doesNotContain("STOPPING");

                engine.stop().succeeded();
                assertThat(manager.finish().succeeded().out())
                        .contains(sender + "STOPPING=1 STATUS=a signal asks for it");
            }
        } finally {
            if (manager.alive()) {
                manager.signal("KILL");
            }
        }
    }

    @Test
    void serviceManagerThatCannotBeToldIsNoReasonToFail() throws IOException, InterruptedException {
        Path programs = Files.createDirectories(directory.resolve("programs"));
        Map<String, String> alone = Map.of(
                "NOTIFY_SOCKET",
                directory.resolve("nobody").toString(),
                "PATH",
                programs + ":" + System.getenv("PATH"));
        Path failing = Files.writeString(programs.resolve("systemd-notify"), "#!/bin/sh\nexit 7\n");
        Files.setPosixFilePermissions(failing, PosixFilePermissions.fromString("rwxr-xr-x"));

        try (ScratchEngine engine = ScratchEngine.start(directory.resolve("engine"), alone)) {
            await().atMost(Running.PATIENCE)
                    .until(() -> engine.daemon().err().contains("systemd-notify failed with 7"));
            assertThat(engine.stop().code()).isZero();
        }
    }
}
