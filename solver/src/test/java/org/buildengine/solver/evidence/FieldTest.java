package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Field.Group;
import org.junit.jupiter.api.Test;

class FieldTest {
    @Test
    void nothingIsToldFromWhatMayNotBeShown() {
        Field empty = Field.open(Group.SETTING, "user", "");
        Field root = Field.open(Group.SETTING, "user", "root");
        Field secret = Field.closed(Group.ENVIRONMENT, "TOKEN", Digest.of("root"));
        assertThat(empty.against(root)).isEqualTo("empty");
        assertThat(root.against(empty)).isEqualTo("root");
        assertThat(secret.toText())
                .isEqualTo("sha256 " + Digest.of("root").hex().substring(0, 12));
        assertThat(Field.closed(Group.ENVIRONMENT, "TOKEN", Digest.of("")).toText())
                .isEqualTo("empty");
    }

    @Test
    void longValuesThatBeginAlikeAreToldApart() {
        Field one = Field.open(Group.ARGUMENT, "argument 2", "x".repeat(100) + "1");
        Field two = Field.open(Group.ARGUMENT, "argument 2", "x".repeat(100) + "2");
        assertThat(one.against(two)).startsWith("x".repeat(79) + "… (sha256 ").isNotEqualTo(two.against(one));
    }
}
