package org.buildengine.server.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CheckedDocumentsTest {
    private static final ApiSchema SCHEMA = ApiSchema.load();

    private final CheckedDocuments cache = new CheckedDocuments(SCHEMA, new Coercion(SCHEMA));

    @Test
    void whatIsAskedAgainIsReadOnce() throws Exception {
        ValidDocument first = cache.get("{version}");
        assertThat(cache.get("{version}")).isSameAs(first);
    }

    @Test
    void whatWasNotAskedForLongGoesWhenThereIsMuch() throws Exception {
        ValidDocument often = cache.get("{version}");
        ValidDocument seldom = cache.get("{defaultPlatform}");
        for (int i = 0; i < 40; i++) {
            cache.get("{version #" + i + "x".repeat(10_000) + "\n}");
            assertThat(cache.get("{version}")).isSameAs(often);
        }
        assertThat(cache.get("{defaultPlatform}")).isNotSameAs(seldom);
    }

    @Test
    void littleStaysThoughItIsAskedInManyWays() throws Exception {
        ValidDocument seldom = cache.get("{defaultPlatform}");
        for (int i = 0; i < 2000; i++) {
            cache.get("{v" + i + ": version}");
        }
        assertThat(cache.get("{defaultPlatform}")).isSameAs(seldom);
    }

    @Test
    void theLongestAreNotKept() throws Exception {
        String text = "{version #" + "x".repeat(20_000) + "\n}";
        assertThat(cache.get(text)).isNotSameAs(cache.get(text));
    }
}
