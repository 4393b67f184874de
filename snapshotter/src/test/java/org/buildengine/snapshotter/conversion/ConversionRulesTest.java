package org.buildengine.snapshotter.conversion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConversionRulesTest {
    private static final ConversionRules RULES = ConversionRules.DEFAULT;

    @Test
    void fewFilesAndLargeOnesStayInDirectories() {
        long files = RULES.leastFiles();
        assertThat(RULES.worth(files, files)).isTrue();
        assertThat(RULES.worth(files - 1, files)).isFalse();
        assertThat(RULES.worth(0, 0)).isFalse();
        assertThat(RULES.worth(files, files * RULES.mostBytesPerFile())).isTrue();
        assertThat(RULES.worth(files, files * (RULES.mostBytesPerFile() + 1))).isFalse();
    }
}
