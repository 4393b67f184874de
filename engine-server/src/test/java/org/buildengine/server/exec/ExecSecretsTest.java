package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.buildengine.server.fixture.Execs;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.solver.op.ExecOp;
import org.junit.jupiter.api.Test;

class ExecSecretsTest {
    private static final SecretSource KNOWS = _ -> "plaintext".getBytes(StandardCharsets.UTF_8);
    private static final SecretSource GONE = _ -> {
        throw new IOException("client ann has gone");
    };

    private final ExecOp op =
            Execs.command("true").secretEnv("TOKEN", "secret:1").op();
    private final FakeRun run = new FakeRun(op);

    @Test
    void clientThatIsGoneFailsNoStepThatAnotherOneDemandsToo() throws IOException {
        run.offering(SecretSource.class, GONE).offering(SecretSource.class, KNOWS);
        assertThat(ExecSecrets.fetch(op, run).env()).containsExactly("TOKEN=plaintext");
    }

    @Test
    void failureIsToldIfNobodyHasTheSecret() {
        run.offering(SecretSource.class, GONE);
        assertThatThrownBy(() -> ExecSecrets.fetch(op, run)).hasMessage("client ann has gone");
    }

    @Test
    void secretThatNobodyIsThereToGiveIsNamedAsThat() {
        assertThatThrownBy(() -> ExecSecrets.fetch(op, run))
                .hasMessage("the command needs secrets, but no client is there to give them");
    }

    @Test
    void nobodyElseIsAskedForACancelledStep() {
        var asked = new AtomicBoolean();
        run.offering(SecretSource.class, GONE).offering(SecretSource.class, handle -> {
            asked.set(true);
            return KNOWS.secret(handle);
        });
        run.cancel();
        assertThatThrownBy(() -> ExecSecrets.fetch(op, run)).hasMessage("client ann has gone");
        assertThat(asked).isFalse();
    }
}
