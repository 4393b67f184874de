package org.buildengine.server.exec;

import java.io.IOException;

/** Knows the plaintext of secrets. Offered by whoever demands an execution; may call back to a client. */
@FunctionalInterface
public interface SecretSource {
    /**
     * The plaintext, byte for byte. The caller does not keep it longer than it needs.
     *
     * @param handle names the secret, as in {@link org.buildengine.solver.op.ExecOp#secretEnv}
     * @throws IOException if there is no such secret or it cannot be had
     */
    byte[] secret(String handle) throws IOException;
}
