package org.buildengine.server.graphql.language;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads documents that ask for something. */
public final class DocumentParser extends TokenReader {
    private final List<Document.Operation> operations = new ArrayList<>();
    private final List<Document.Fragment> fragments = new ArrayList<>();

    private DocumentParser(String text) throws GraphqlSyntaxException {
        super(text);
    }

    /**
     * Reads a document of any depth. A document without any definition is read as one.
     *
     * @throws GraphqlSyntaxException if it is none
     */
    public static Document parse(String text) throws GraphqlSyntaxException {
        var parser = new DocumentParser(text);
        while (!parser.peek(TokenKind.END)) {
            parser.definition();
        }
        return new Document(List.copyOf(parser.operations), List.copyOf(parser.fragments));
    }

    private void definition() throws GraphqlSyntaxException {
        Token start = peek();
        if (start.kind() == TokenKind.BRACE_LEFT) {
            operations.add(new Document.Operation(
                    "query", Optional.empty(), List.of(), List.of(), selectionSet(), start.at()));
        } else if (start.is("query") || start.is("mutation") || start.is("subscription")) {
            operation();
        } else if (start.is("fragment")) {
            fragment();
        } else {
            throw unexpected();
        }
    }

    private void operation() throws GraphqlSyntaxException {
        Token kind = advance();
        Optional<String> name = peek(TokenKind.NAME) ? Optional.of(name()) : Optional.empty();
        List<Document.Variable> variables = variables();
        List<Directive> directives = directives(false);
        operations.add(new Document.Operation(kind.text(), name, variables, directives, selectionSet(), kind.at()));
    }

    private List<Document.Variable> variables() throws GraphqlSyntaxException {
        if (!skip(TokenKind.PAREN_LEFT)) {
            return List.of();
        }
        var variables = new ArrayList<Document.Variable>();
        do {
            Position at = expect(TokenKind.DOLLAR).at();
            String name = name();
            expect(TokenKind.COLON);
            TypeRef type = type();
            Optional<Value> defaultValue = skip(TokenKind.EQUALS) ? Optional.of(value(true)) : Optional.empty();
            variables.add(new Document.Variable(name, type, defaultValue, directives(true), at));
        } while (!skip(TokenKind.PAREN_RIGHT));
        return variables;
    }

    private void fragment() throws GraphqlSyntaxException {
        Position at = advance().at();
        if (peek().is("on")) {
            throw unexpected();
        }
        String name = name();
        expect("on");
        String condition = name();
        List<Directive> directives = directives(false);
        fragments.add(new Document.Fragment(name, condition, directives, selectionSet(), at));
    }

    /** Reads a selection set and everything below it with a stack of its own, so that depth costs heap only. */
    private List<Selection> selectionSet() throws GraphqlSyntaxException {
        expect(TokenKind.BRACE_LEFT);
        var root = new ArrayList<Selection>();
        var open = new ArrayDeque<List<Selection>>();
        open.push(root);
        while (!open.isEmpty()) {
            List<Selection> current = open.element();
            if (!current.isEmpty() && skip(TokenKind.BRACE_RIGHT)) {
                open.pop();
            } else {
                List<Selection> below = selection(current);
                if (below != null) {
                    open.push(below);
                }
            }
        }
        return root;
    }

    /** Reads one selection up to its own selection set, if it has one, which is returned to be filled. */
    private @Nullable List<Selection> selection(List<Selection> into) throws GraphqlSyntaxException {
        Position at = peek().at();
        if (!skip(TokenKind.SPREAD)) {
            return field(into, at);
        }
        if (peek(TokenKind.NAME) && !peek().is("on")) {
            Token name = advance();
            into.add(new Selection.Spread(name.text(), directives(false), name.at()));
            return null;
        }
        Optional<String> condition = skip("on") ? Optional.of(name()) : Optional.empty();
        List<Directive> directives = directives(false);
        expect(TokenKind.BRACE_LEFT);
        var below = new ArrayList<Selection>();
        into.add(new Selection.Inline(condition, directives, below, at));
        return below;
    }

    private @Nullable List<Selection> field(List<Selection> into, Position at) throws GraphqlSyntaxException {
        String key = name();
        String name = skip(TokenKind.COLON) ? name() : key;
        List<Argument> arguments = arguments(false);
        List<Directive> directives = directives(false);
        boolean hasSelections = skip(TokenKind.BRACE_LEFT);
        List<Selection> below = hasSelections ? new ArrayList<>() : List.of();
        into.add(new Selection.Field(key, name, arguments, directives, below, at));
        return hasSelections ? below : null;
    }
}
