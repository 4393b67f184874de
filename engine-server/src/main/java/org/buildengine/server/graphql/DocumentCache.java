package org.buildengine.server.graphql;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.graphql.language.DocumentParser;
import org.buildengine.server.graphql.language.GraphqlSyntaxException;

/** Reads and checks documents, and remembers small ones, which programs send again and again. Safe for several threads. */
final class DocumentCache {
    private static final int MOST_DOCUMENTS = 1000;
    private static final int LONGEST = 16 * 1024;

    private final ApiSchema schema;
    private final Coercion coercion;
    private final Map<String, ValidDocument> recent = new LinkedHashMap<>(64, 0.75f, true);

    DocumentCache(ApiSchema schema, Coercion coercion) {
        this.schema = schema;
        this.coercion = coercion;
    }

    ValidDocument get(String text) throws GraphqlSyntaxException {
        if (text.length() > LONGEST) {
            return check(text);
        }
        Optional<ValidDocument> known;
        synchronized (recent) {
            known = Optional.ofNullable(recent.get(text));
        }
        if (known.isPresent()) {
            return known.get();
        }
        ValidDocument document = check(text);
        synchronized (recent) {
            recent.put(text, document);
            if (recent.size() > MOST_DOCUMENTS) {
                recent.remove(recent.keySet().iterator().next());
            }
        }
        return document;
    }

    private ValidDocument check(String text) throws GraphqlSyntaxException {
        return Validator.validate(schema, coercion, DocumentParser.parse(text));
    }
}
