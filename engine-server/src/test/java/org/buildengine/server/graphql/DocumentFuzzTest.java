package org.buildengine.server.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import org.buildengine.server.graphql.language.Document;
import org.buildengine.server.graphql.language.DocumentParser;
import org.buildengine.server.graphql.language.GraphqlSyntaxException;
import org.buildengine.server.graphql.language.Selection;

/** Any text as a document: it is read and checked against the schema, or refused by our own error. */
class DocumentFuzzTest {
    private static final ApiSchema SCHEMA = ApiSchema.load();
    private static final Coercion COERCION = new Coercion(SCHEMA);

    @FuzzTest
    void anyTextIsADocumentOrRefused(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        Document document;
        try {
            document = DocumentParser.parse(text);
        } catch (GraphqlSyntaxException refused) {
            assertThat(refused.getMessage()).isNotBlank();
            assertThat(refused.position().line()).isBetween(1, text.length() + 1);
            assertThat(refused.position().column()).isBetween(1, text.length() + 1);
            return;
        }
        assertThat(selections(document)).as("selections").isLessThanOrEqualTo(text.length());
        ValidDocument valid = Validator.validate(SCHEMA, COERCION, document);
        assertThat(valid.errors()).as("errors").hasSizeLessThanOrEqualTo(text.length());
    }

    private static int selections(Document document) {
        var open = new ArrayDeque<List<Selection>>();
        document.operations().forEach(operation -> open.add(operation.selections()));
        document.fragments().forEach(fragment -> open.add(fragment.selections()));
        int count = 0;
        while (!open.isEmpty()) {
            for (Selection selection : open.remove()) {
                count++;
                switch (selection) {
                    case Selection.Field field -> open.add(field.selections());
                    case Selection.Inline inline -> open.add(inline.selections());
                    case Selection.Spread _ -> {}
                }
            }
        }
        return count;
    }
}
