package org.buildengine.server.graphql;

import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.Optional;
import org.buildengine.server.graphql.language.DocumentParser;
import org.buildengine.server.graphql.language.GraphqlSyntaxException;

/** Reads and checks documents, and remembers small ones, which programs send again and again. Safe for several threads. */
final class CheckedDocuments {
    /** Of all documents together; what was read of one takes nearly twenty bytes for each of its characters. */
    private static final int MOST_CHARACTERS = 256 * 1024;

    private static final int LONGEST = 16 * 1024;

    private final ApiSchema schema;
    private final Coercion coercion;
    private final LinkedHashMap<String, ValidDocument> recent = new LinkedHashMap<>(64, 0.75f, true);
    private int characters;

    CheckedDocuments(ApiSchema schema, Coercion coercion) {
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
            characters += recent.put(text, document) == null ? text.length() : 0;
            while (characters > MOST_CHARACTERS) {
                characters -=
                        Objects.requireNonNull(recent.pollFirstEntry()).getKey().length();
            }
        }
        return document;
    }

    private ValidDocument check(String text) throws GraphqlSyntaxException {
        return Validator.validate(schema, coercion, DocumentParser.parse(text));
    }
}
