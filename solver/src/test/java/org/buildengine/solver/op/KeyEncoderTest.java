package org.buildengine.solver.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Snapshot;
import org.junit.jupiter.api.Test;

class KeyEncoderTest {
    private static Digest key(Consumer<KeyEncoder> values) {
        var encoder = new KeyEncoder();
        values.accept(encoder);
        return encoder.finish();
    }

    @Test
    void differentSequencesNeverEncodeAlike() {
        assertThat(List.of(
                        key(e -> e.text("ab").text("c")),
                        key(e -> e.text("a").text("bc")),
                        key(e -> e.text("abc")),
                        key(e -> e.texts(List.of("ab", "c"))),
                        key(e -> e.texts(Map.of("ab", "c"))),
                        key(e -> e.text("ab").text("c").text("")),
                        key(e -> e.number(1)),
                        key(e -> e.flag(true)),
                        key(e -> e.list(1)),
                        key(e -> {})))
                .doesNotHaveDuplicates();
    }

    @Test
    void orderOfAMapDoesNotCount() {
        var one = new LinkedHashMap<String, String>();
        one.put("a", "1");
        one.put("b", "2");
        var other = new LinkedHashMap<String, String>();
        other.put("b", "2");
        other.put("a", "1");
        assertThat(key(e -> e.texts(one))).isEqualTo(key(e -> e.texts(other)));
    }

    @Test
    void hintsAreNoPartOfAKey() {
        var plain = Vertex.of(new SourceOp("image", "sha256:1", Map.of()));
        var hinted = Vertex.of(new SourceOp("image", "sha256:1", Map.of("name", "alpine")));
        assertThat(hinted.recipe()).isEqualTo(plain.recipe());
        assertThat(Vertex.of(new TreeOp(Digest.of("x"), Snapshot.EMPTY, "one")))
                .isEqualTo(Vertex.of(new TreeOp(Digest.of("x"), Snapshot.EMPTY, "two")));
    }

    @Test
    void outputThatDoesNotExistIsRefused() {
        var source = Vertex.of(new SourceOp("image", "sha256:1", Map.of("name", "alpine")));
        assertThatThrownBy(() -> source.output(1)).hasMessage("alpine has no output 1");
    }
}
