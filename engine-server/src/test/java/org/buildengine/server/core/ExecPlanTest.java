package org.buildengine.server.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

class ExecPlanTest {
    private static final InputRef SOURCE =
            FileEdits.edit(FileEdits.EMPTY, new FileAction.WriteFile("/s/f", "x", 0644, Optional.empty()));

    private static Container run(Container container, Map<String, Object> arguments) throws Exception {
        FakeCall call = FakeCall.on(container);
        arguments.forEach(call::with);
        return (Container) call.resolve("Container.withExec");
    }

    private static ExecOp op(Container container) {
        return (ExecOp) container.lastExec().orElseThrow().op();
    }

    @Test
    void eachWritableTreeHasAnOutputOfItsOwnAndTheMountsOfTheResultReadFromThere() throws Exception {
        Container container = Container.scratch("linux/amd64")
                .withMount(new ContainerMount.Tree("/w", SOURCE, "s", false, false))
                .withMount(new ContainerMount.Tree("/r", SOURCE, "", false, true))
                .withMount(new ContainerMount.Tree("/v", SOURCE, "s/f", true, false));

        Container after = run(container, Map.of("args", List.of("true")));

        Vertex exec = after.lastExec().orElseThrow();
        assertThat(exec.op().outputs()).isEqualTo(3);
        assertThat(exec.inputs()).containsExactly(container.rootfs(), SOURCE, SOURCE, SOURCE);
        assertThat(after.rootfs()).isEqualTo(exec.output(0));
        assertThat(after.mounts())
                .containsExactly(
                        new ContainerMount.Tree("/w", exec.output(1), "s", false, false),
                        new ContainerMount.Tree("/r", SOURCE, "", false, true),
                        new ContainerMount.Tree("/v", exec.output(2), "s/f", true, false));
    }

    @Test
    void cacheSeedIsAnInputAndSecretsAreNamedByHandleOnly() throws Exception {
        Secret secret = Secret.named("token", 3);
        CacheVolume volume = new CacheVolume("k", Optional.of(Directory.root(SOURCE)), "LOCKED", "");
        Container container = Container.scratch("linux/amd64")
                .withMount(new ContainerMount.Cache("/c", volume, "0:0"))
                .withSecretVariables(Map.of("TOKEN", secret))
                .withSecretFiles(List.of(new Container.SecretFile("/run/t", secret, 0400, 1, 2)));

        ExecOp op = op(run(container, Map.of("args", List.of("true"))));

        assertThat(op.mounts())
                .containsExactly(
                        new ExecMount.Cache(
                                "/c", volume.digest(), true, Optional.of(new ExecMount.Cache.Seed(1, "")), "0:0"),
                        new ExecMount.Secret("/run/t", secret.handle(), 0400, 1, 2));
        assertThat(op.secretEnv()).containsExactly(Map.entry("TOKEN", secret.handle()));
        assertThat(secret.handle())
                .doesNotContain("token")
                .isEqualTo(Secret.named("token", 4).handle());
    }

    @Test
    void relativePathsBelongToTheWorkingDirectory() throws Exception {
        Container container = Container.scratch("linux/amd64")
                .withConfig(ContainerConfig.NONE.withWorkdir("/w").withVariable("N", "log"));

        ExecOp op =
                op(run(container, Map.of("args", List.of("a", "$N"), "expand", true, "redirectStdout", "${N}.txt")));

        assertThat(op.args()).containsExactly("a", "log");
        assertThat(op.cwd()).isEqualTo("/w");
        assertThat(op.redirectStdout()).isEqualTo("/w/log.txt");
        assertThat(op.redirectStderr()).isEmpty();
    }

    @Test
    void entrypointIsOnlyUsedWhenAskedForAndDefaultArgsWhenThereAreNone() throws Exception {
        Container container = Container.scratch("linux/amd64")
                .withConfig(ContainerConfig.NONE.withEntrypoint(List.of("e")).withCmd(List.of("d")));

        assertThat(op(run(container, Map.of("args", List.of("x")))).args()).containsExactly("x");
        assertThat(op(run(container, Map.of("args", List.of("x"), "useEntrypoint", true)))
                        .args())
                .containsExactly("e", "x");
        assertThat(op(run(container, Map.of("useEntrypoint", true))).args()).containsExactly("e", "d");
    }

    @Test
    void equalChainsAreEqualAndEachArgumentCounts() throws Exception {
        Container container = Container.scratch("linux/amd64");
        Container one = run(container, Map.of("args", List.of("a"), "stdin", "x"));
        Container same = run(container, Map.of("stdin", "x", "args", List.of("a")));

        assertThat(one.digest()).isEqualTo(same.digest());
        assertThat(one.lastExec()).isEqualTo(same.lastExec());
        assertThat(run(container, Map.of("args", List.of("a"), "stdin", "y")).digest())
                .isNotEqualTo(one.digest());
        assertThat(run(container, Map.of("args", List.of("a"), "stdin", "x", "noInit", true))
                        .digest())
                .isNotEqualTo(one.digest());
    }

    @Test
    void refusesWhatCannotBe() {
        Container container = Container.scratch("linux/amd64");

        assertThatThrownBy(() -> run(container, Map.of("args", List.of()))).hasMessage("no command has been set");
        assertThatThrownBy(() -> run(container, Map.of("args", List.of("a"), "stdin", "x", "redirectStdin", "/y")))
                .hasMessage("cannot set both stdin and redirectStdin");
        assertThatThrownBy(() -> run(container, Map.of("args", List.of("a"), "experimentalPrivilegedNesting", true)))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("experimentalPrivilegedNesting");
    }

    @Test
    void argumentThatWouldBeCutOffIsRefused() {
        assertThatThrownBy(() -> run(Container.scratch("linux/amd64"), Map.of("args", List.of("echo", "a\0b"))))
                .hasMessage("an argument cannot hold a NUL character: a\\0b");
    }

    private static Container withPolicy(Container container, Map<String, Object> arguments) throws Exception {
        FakeCall call = FakeCall.on(container);
        arguments.forEach(call::with);
        return (Container) call.resolve("Container.withCachePolicy");
    }

    private static Reuse reuse(Map<String, Object> policy) throws Exception {
        Container container = withPolicy(Container.scratch("linux/amd64"), policy);
        Container twice = run(run(container, Map.of("args", List.of("a"))), Map.of("args", List.of("b")));
        Vertex last = twice.lastExec().orElseThrow();
        assertThat(last.inputs().getFirst().vertex().reuse()).isEqualTo(last.reuse());
        return last.reuse();
    }

    @Test
    void cachePolicyHoldsForTheCommandsAfterItAndIsPartOfNoKey() throws Exception {
        assertThat(reuse(Map.of("policy", "Never"))).isEqualTo(Reuse.FRESH);
        assertThat(reuse(Map.of("policy", "PerSession"))).isEqualTo(Reuse.PER_SESSION);
        assertThat(reuse(Map.of("policy", "Default"))).isEqualTo(Reuse.ANY);
        assertThat(reuse(Map.of("policy", "Default", "timeToLive", "1h30m")))
                .isEqualTo(Reuse.within(Duration.ofMinutes(90)));

        Container usual = Container.scratch("linux/amd64");
        Container fresh = withPolicy(usual, Map.of("policy", "Never"));
        assertThat(fresh.digest()).isNotEqualTo(usual.digest());
        Container one = run(usual, Map.of("args", List.of("a")));
        Container other = run(fresh, Map.of("args", List.of("a")));
        assertThat(other.rootfs().vertex().recipe())
                .isEqualTo(one.rootfs().vertex().recipe());
        assertThat(other.rootfs().vertex()).isNotEqualTo(one.rootfs().vertex());
        assertThat(withPolicy(other, Map.of("policy", "Default")).digest()).isNotEqualTo(one.digest());
    }

    @Test
    void cachePolicyThatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> reuse(Map.of("policy", "Never", "timeToLive", "1h")))
                .hasMessage("a time to live cannot be set with the policy Never");
        assertThatThrownBy(() -> reuse(Map.of("policy", "Default", "timeToLive", "0s")))
                .hasMessage("a time to live has to be positive, not 0s");
    }
}
