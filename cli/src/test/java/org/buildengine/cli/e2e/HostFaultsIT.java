package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Machines that lack something, or get into trouble: what the commands say then, and that nothing is harmed. Each machine
 * is this one seen from a mount namespace in which something is covered, or with fewer rights.
 */
class HostFaultsIT {
    private static final List<String> PROGRAMS =
            List.of("/usr/bin/crun", "/usr/sbin/runc", "/usr/bin/runc", "/usr/local/bin/crun", "/usr/bin/tini-static");
    private static final String STEP = "{container{withExec(args:[\"true\"]){stdout}}}";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    /** The launcher on a machine that a shell script has prepared, in mounts of its own. */
    private List<String> after(String script, String... arguments) {
        var command = new ArrayList<>(
                List.of("unshare", "--mount", "--propagation", "private", "sh", "-ec", script + "\nexec \"$@\"", "sh"));
        command.add(ScratchEngine.LAUNCHER);
        command.addAll(List.of(arguments));
        return command;
    }

    private static String covered(List<String> programs) {
        var script = new StringBuilder();
        for (String program : programs) {
            if (Files.exists(Path.of(program))) {
                script.append("mount --bind /dev/null ").append(program).append('\n');
            }
        }
        return script.toString();
    }

    /** A daemon of this test alone that starts on demand. */
    private Map<String, String> machine(Path root) {
        return new HashMap<>(Map.of(
                "ENGINE_ROOT",
                root.toString(),
                "ENGINE_LISTEN",
                "unix://" + directory.resolve("engine.sock"),
                "ENGINE_LOG",
                directory.resolve("engine.log").toString(),
                "ENGINE_IDLE_EXIT",
                "1"));
    }

    private Finished run(Map<String, String> environment, String stdin, List<String> command)
            throws IOException, InterruptedException {
        return Running.start(directory, directory, environment, command, stdin).finish();
    }

    @Test
    void doctorSaysWhatToPasteOnAMachineWithoutRuntimeInitAndFileSystems() throws Exception {
        Path filesystems = Files.writeString(directory.resolve("filesystems"), "nodev\ttmpfs\n\text4\n");
        String script = covered(PROGRAMS) + "mount --bind " + filesystems + " /proc/filesystems\n";

        Finished doctor = run(Map.of(), "", after(script, "doctor"));

        assertThat(doctor.code()).isOne();
        assertThat(doctor.out())
                .contains("MISSING  an OCI runtime: nothing can run the container of a step")
                .contains("absent   crun: runc takes several times as long")
                .contains("MISSING  tini-static: it is the first process of a step, and reaps the others")
                .contains("MISSING  overlay file system: steps cannot write over the layers of their images")
                .contains("absent   EROFS file system: layers are kept as plain directories, which takes longer")
                .endsWith("""
                        This machine cannot run an engine yet.
                        This should help:

                            apt-get update && apt-get install --yes crun tini
                            modprobe overlay
                            modprobe erofs
                        """);
    }

    @Test
    void doctorAndDaemonSayThatTheyNeedTheRightsOfRoot() throws Exception {
        var bound = List.of("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", ScratchEngine.LAUNCHER);
        var doctor = new ArrayList<>(bound);
        doctor.add("doctor");
        var serve = new ArrayList<>(bound);
        serve.add("serve");

        Finished examined = run(Map.of(), "", doctor);
        Finished served = run(machine(directory.resolve("root")), "", serve);

        assertThat(examined.code()).isOne();
        assertThat(examined.out())
                .contains("MISSING  the rights of root: the daemon mounts file systems and starts containers")
                .contains("    sudo " + ScratchEngine.LAUNCHER + " doctor");
        assertThat(served.code()).isOne();
        assertThat(served.err())
                .startsWith("engine: the daemon needs a mount namespace of its own and may not make one")
                .contains("Run it as root; in a container, grant CAP_SYS_ADMIN (--privileged).");
    }

    @Test
    void stepWithoutAnyRuntimeSaysHowToGetOne() throws Exception {
        Finished query =
                run(machine(directory.resolve("root")), STEP, after(covered(PROGRAMS), "--progress=plain", "query"));

        assertThat(query.code()).isOne();
        assertThat(query.err())
                .contains("no OCI runtime works here; install crun or runc, or see engine doctor:")
                .contains("init process: /usr/bin/tini-static is missing; install tini (apt install tini)")
                .contains("crun: is not installed (apt install crun)")
                .contains("runc: is not installed (apt install runc)");
    }

    @Test
    void stepWhereNoOverlayCanBeMountedSaysWhatItNeeds() throws Exception {
        Path point = Files.createDirectory(directory.resolve("overlay"));
        // the kernel takes no overlay for the upper of another
        String script = "mount -t tmpfs none " + point + "\ncd " + point + "\nmkdir lower upper work root"
                + "\nmount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none root\ncd /";

        Finished query = run(machine(point.resolve("root/store")), STEP, after(script, "--progress=plain", "query"));

        assertThat(query.code()).isOne();
        assertThat(query.err())
                .contains(
                        "this process cannot mount overlays: it needs the rights of root (CAP_SYS_ADMIN), a kernel with the"
                                + " overlay file system, and a root directory on a file system that can lie below one, which an"
                                + " overlay itself cannot; engine doctor tries it");
    }

    @Test
    void rootOnAReadOnlyFileSystemIsRefusedWithItsName() throws Exception {
        Path point = Files.createDirectory(directory.resolve("read-only"));
        String script = "mount -t tmpfs -o ro none " + point;

        Finished serve = run(machine(point.resolve("root")), "", after(script, "serve"));

        assertThat(serve.code()).isOne();
        assertThat(serve.err())
                .contains("engine: cannot keep a store in " + point.resolve("root") + ": ")
                .contains("Read-only file system")
                .endsWith("Mend that, or choose another directory with --root\n");
    }

    @Test
    void rootOnAFullFileSystemIsRefusedWithItsName() throws Exception {
        Path point = Files.createDirectory(directory.resolve("full"));
        String script = "mount -t tmpfs -o size=64k none " + point + "\nhead -c 64k /dev/zero >" + point + "/filling";

        Finished serve = run(machine(point.resolve("root")), "", after(script, "serve"));

        assertThat(serve.code()).isOne();
        assertThat(serve.err())
                .contains("engine: cannot keep a store in " + point.resolve("root") + ": ")
                .contains("No space left on device")
                .containsPattern("; [0-9,]+ of 65,536 bytes are free at " + point
                        + "\\S*: free some space there, or make that file system larger")
                .endsWith("Mend that, or choose another directory with --root\n");
    }

    @Test
    void missingEngineIsSaidAlsoForAProgramThatEndsAtOnce() throws Exception {
        String nowhere = "unix://" + directory.resolve("nowhere.sock");
        for (int i = 0; i < 5; i++) {
            Finished run =
                    run(Map.of("ENGINE_HOST", nowhere), "", List.of(ScratchEngine.LAUNCHER, "run", "--", "true"));

            assertThat(run.code()).isOne();
            assertThat(run.err()).contains("engine: no engine at " + nowhere + ": there is no such socket");
        }
    }

    @Test
    void namesAreToldInEveryLocaleAndThoseThatAreNotUtf8OnlyWhenTheyAreWanted() throws Exception {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Path made = directory.resolve("made");
        run(
                        Map.of(),
                        "",
                        List.of(
                                "sh",
                                "-ec",
                                "touch \"$(printf '%s/caf\\303\\251' \"$0\")\" \"$(printf '%s/bad\\377' \"$0\")\"; touch "
                                        + made,
                                tree.toString()))
                .succeeded();
        assertThat(made).exists();
        Map<String, String> machine = machine(directory.resolve("root"));
        machine.put("LC_ALL", "POSIX");
        String host = "{host{directory(path:\"" + tree + "\"";

        Finished without =
                run(machine, host + ",exclude:[\"bad*\"]){entries}}}", List.of(ScratchEngine.LAUNCHER, "-s", "query"));
        Finished all = run(machine, host + "){entries}}}", List.of(ScratchEngine.LAUNCHER, "-s", "query"));

        assertThat(without.succeeded().out()).contains("\"caf\u00e9\"").doesNotContain("bad");
        assertThat(all.code()).isOne();
        assertThat(all.err()).contains("is not UTF-8 and cannot be sent; rename it, or exclude it");
    }

    @Test
    void uploadThatDoesNotFitSaysSoAndTheEngineGoesOn() throws Exception {
        Path point = Files.createDirectory(directory.resolve("small"));
        Path tree = Files.createDirectory(directory.resolve("tree"));
        byte[] much = new byte[64 << 20]; // not zeros: those take no room
        new Random(1).nextBytes(much);
        Files.write(tree.resolve("much"), much);
        Files.createDirectory(tree.resolve("little"));
        Files.writeString(tree.resolve("little/file"), "fits");
        String fits = "{host{directory(path:\"" + tree.resolve("little") + "\"){file(path:\"file\"){contents}}}}";
        Path document = Files.writeString(directory.resolve("fits.graphql"), fits);
        String script = "mount -t tmpfs -o size=40m none " + point;

        // Both in the namespace in which the small file system is: it starts the daemon.
        Finished both = run(
                machine(point.resolve("root")),
                "{host{directory(path:\"" + tree + "\"){digest}}}",
                List.of(
                        "unshare",
                        "--mount",
                        "--propagation",
                        "private",
                        "sh",
                        "-c",
                        script + "; \"$0\" -s query; echo first ended with $?; \"$0\" -s query --doc " + document,
                        ScratchEngine.LAUNCHER));

        assertThat(both.succeeded().out()).startsWith("first ended with 1\n").contains("\"contents\": \"fits\"");
        assertThat(both.err())
                .containsPattern(
                        "could not be written: No space left on device; [0-9,]+ of 41,943,040 bytes are free at "
                                + point
                                + "/root, and the cache has nothing left that nobody uses; let other builds end, free some"
                                + " space there, or make that file system larger");
    }
}
