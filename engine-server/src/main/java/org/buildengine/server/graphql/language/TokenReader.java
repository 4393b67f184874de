package org.buildengine.server.graphql.language;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** What documents and schema files have in common: names, values, types, arguments, directives. */
abstract class TokenReader {
    /** Lists and objects inside each other; people write three or four. */
    private static final int VALUE_DEPTH = 200;

    private final Lexer lexer;
    private Token token;

    TokenReader(String text) throws GraphqlSyntaxException {
        lexer = new Lexer(text);
        token = lexer.next();
    }

    final Token peek() {
        return token;
    }

    final boolean peek(TokenKind kind) {
        return token.kind() == kind;
    }

    final Token advance() throws GraphqlSyntaxException {
        Token taken = token;
        token = lexer.next();
        return taken;
    }

    final boolean skip(TokenKind kind) throws GraphqlSyntaxException {
        if (token.kind() != kind) {
            return false;
        }
        advance();
        return true;
    }

    final boolean skip(String keyword) throws GraphqlSyntaxException {
        if (!token.is(keyword)) {
            return false;
        }
        advance();
        return true;
    }

    final Token expect(TokenKind kind) throws GraphqlSyntaxException {
        if (token.kind() != kind) {
            throw new GraphqlSyntaxException("Expected " + kind.shown() + ", found " + token.shown(), token.at());
        }
        return advance();
    }

    final void expect(String keyword) throws GraphqlSyntaxException {
        if (!skip(keyword)) {
            throw new GraphqlSyntaxException("Expected \"" + keyword + "\", found " + token.shown(), token.at());
        }
    }

    final String name() throws GraphqlSyntaxException {
        return expect(TokenKind.NAME).text();
    }

    final GraphqlSyntaxException unexpected() {
        return new GraphqlSyntaxException("Unexpected " + token.shown(), token.at());
    }

    final List<Argument> arguments(boolean constant) throws GraphqlSyntaxException {
        if (!skip(TokenKind.PAREN_LEFT)) {
            return List.of();
        }
        var arguments = new ArrayList<Argument>();
        do {
            Token name = expect(TokenKind.NAME);
            expect(TokenKind.COLON);
            arguments.add(new Argument(name.text(), value(constant), name.at()));
        } while (!skip(TokenKind.PAREN_RIGHT));
        return arguments;
    }

    final List<Directive> directives(boolean constant) throws GraphqlSyntaxException {
        if (!peek(TokenKind.AT)) {
            return List.of();
        }
        var directives = new ArrayList<Directive>();
        while (skip(TokenKind.AT)) {
            Token name = expect(TokenKind.NAME);
            directives.add(new Directive(name.text(), arguments(constant), name.at()));
        }
        return directives;
    }

    final TypeRef type() throws GraphqlSyntaxException {
        return type(0);
    }

    private TypeRef type(int depth) throws GraphqlSyntaxException {
        if (depth > VALUE_DEPTH) {
            throw new GraphqlSyntaxException("Lists nested deeper than " + VALUE_DEPTH, token.at());
        }
        TypeRef type;
        if (skip(TokenKind.BRACKET_LEFT)) {
            type = new TypeRef.ListOf(type(depth + 1));
            expect(TokenKind.BRACKET_RIGHT);
        } else {
            type = new TypeRef.Named(name());
        }
        return skip(TokenKind.BANG) ? new TypeRef.NonNull(type) : type;
    }

    final Value value(boolean constant) throws GraphqlSyntaxException {
        return value(constant, 0);
    }

    private Value value(boolean constant, int depth) throws GraphqlSyntaxException {
        if (depth > VALUE_DEPTH) {
            throw new GraphqlSyntaxException("Values nested deeper than " + VALUE_DEPTH, token.at());
        }
        return switch (token.kind()) {
            case BRACKET_LEFT -> list(constant, depth);
            case BRACE_LEFT -> fields(constant, depth);
            case INT -> new Value.Whole(advance().text());
            case FLOAT -> new Value.Decimal(advance().text());
            case STRING, BLOCK_STRING -> new Value.Text(advance().text());
            case NAME -> word(advance().text());
            case DOLLAR -> {
                if (constant) {
                    throw unexpected();
                }
                advance();
                Token name = expect(TokenKind.NAME);
                yield new Value.Variable(name.text(), name.at());
            }
            default -> throw unexpected();
        };
    }

    private static Value word(String name) {
        return switch (name) {
            case "true" -> new Value.Bool(true);
            case "false" -> new Value.Bool(false);
            case "null" -> new Value.Null();
            default -> new Value.Name(name);
        };
    }

    private Value list(boolean constant, int depth) throws GraphqlSyntaxException {
        expect(TokenKind.BRACKET_LEFT);
        var elements = new ArrayList<Value>();
        while (!skip(TokenKind.BRACKET_RIGHT)) {
            elements.add(value(constant, depth + 1));
        }
        return new Value.ListOf(elements);
    }

    private Value fields(boolean constant, int depth) throws GraphqlSyntaxException {
        expect(TokenKind.BRACE_LEFT);
        var fields = new LinkedHashMap<String, Value>();
        while (!skip(TokenKind.BRACE_RIGHT)) {
            Token name = expect(TokenKind.NAME);
            expect(TokenKind.COLON);
            if (fields.put(name.text(), value(constant, depth + 1)) != null) {
                throw new GraphqlSyntaxException(
                        "There can be only one input field named \"" + name.text() + "\".", name.at());
            }
        }
        return new Value.Fields(fields);
    }
}
