package org.buildengine.solver.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.buildengine.snapshotter.Digest;
import org.junit.jupiter.api.Test;

class DiffOpTest {
    private static Digest key(DiffOp op) {
        var encoder = new KeyEncoder();
        op.encode(encoder);
        return encoder.finish();
    }

    @Test
    void whatIsGoneCounts() {
        assertThat(key(DiffOp.CHANGES)).isNotEqualTo(key(new DiffOp("/", "/")));
        assertThatThrownBy(() -> new DiffOp("/", "/d", true))
                .hasMessage("only a difference of whole trees can hide what is gone");
    }
}
