package org.buildengine.server.llb;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.buildengine.server.core.ApiException;
import org.buildengine.solver.op.InputRef;

/** Any file as a definition: decoded or refused by our own error. */
class LlbFuzzTest {
    @FuzzTest
    void anyFileIsDecodedOrRefused(byte[] bytes) throws Exception {
        decode(bytes);
    }

    static void decode(byte[] bytes) throws Exception {
        InputRef result;
        try {
            result = Definitions.decoded(bytes);
        } catch (ApiException refused) {
            assertThat(refused.getMessage()).isNotBlank();
            return;
        }
        assertThat(result.vertex().recipe()).isNotNull();
    }
}
