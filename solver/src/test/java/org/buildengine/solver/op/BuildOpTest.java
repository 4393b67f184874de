package org.buildengine.solver.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BuildOpTest {
    private static final Vertex TREE = Vertex.of(new SourceOp("local", "tree", Map.of()));

    private static Vertex build(String definition, int nesting) {
        return new BuildOp(definition, nesting).over(TREE.output(0));
    }

    @Test
    void placeOfTheDefinitionAndDepthAreWhatIsAskedFor() {
        assertThat(build("a", 0)).isEqualTo(build("a", 0));
        assertThat(Stream.of(build("a", 0), build("b", 0), build("a", 1)).map(Vertex::recipe))
                .doesNotHaveDuplicates();
        assertThat(build(BuildOp.DEFINITION, 0)).hasToString("build buildkit.llb.definition");
    }

    @Test
    void definitionIsReadAgainForEachJob() {
        assertThat(build("a", 0).reuse()).isEqualTo(Reuse.FRESH);
    }

    @Test
    void depthIsNotNegative() {
        assertThatThrownBy(() -> new BuildOp("a", -1)).hasMessage("a build cannot be nested -1 times");
    }
}
