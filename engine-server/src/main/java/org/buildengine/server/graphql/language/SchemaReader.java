package org.buildengine.server.graphql.language;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads what checking and running documents need of a schema file: scalars, enums, inputs, interfaces, types,
 * {@code extend type} and directives. Whether the schema makes sense is checked elsewhere.
 */
public final class SchemaReader extends TokenReader {
    /** Takes what a file declares, in its order. */
    public interface Declarations {
        /** A type, and the interfaces that it implements. */
        void type(TypeDefinition type, List<String> interfaces);

        /** Further fields of an object type. */
        void fields(String type, Map<String, TypeDefinition.Field> fields);

        /** A directive, and the places where it may stand. */
        void directive(String name, Map<String, TypeDefinition.Argument> arguments, List<String> locations);
    }

    private SchemaReader(String text) throws GraphqlSyntaxException {
        super(text);
    }

    /** Hands on what {@code text} declares. */
    public static void read(String text, Declarations into) throws GraphqlSyntaxException {
        var reader = new SchemaReader(text);
        while (!reader.peek(TokenKind.END)) {
            reader.declaration(into);
        }
    }

    private void declaration(Declarations into) throws GraphqlSyntaxException {
        description();
        Token keyword = expect(TokenKind.NAME);
        switch (keyword.text()) {
            case "directive" -> directive(into);
            case "scalar" -> {
                into.type(new TypeDefinition.Scalar(name()), List.of());
                directives(true);
            }
            case "enum" -> into.type(enumeration(), List.of());
            case "input" -> {
                String name = name();
                directives(true);
                into.type(
                        new TypeDefinition.Input(name, arguments(TokenKind.BRACE_LEFT, TokenKind.BRACE_RIGHT)),
                        List.of());
            }
            case "interface" -> {
                String name = name();
                List<String> interfaces = interfaces();
                into.type(new TypeDefinition.Interface(name, fields()), interfaces);
            }
            case "type" -> {
                String name = name();
                List<String> interfaces = interfaces();
                into.type(new TypeDefinition.Obj(name, fields()), interfaces);
            }
            case "extend" -> {
                expect("type");
                into.fields(name(), fields());
            }
            default -> throw new GraphqlSyntaxException("Unexpected " + keyword.shown(), keyword.at());
        }
    }

    private void description() throws GraphqlSyntaxException {
        if (peek(TokenKind.STRING) || peek(TokenKind.BLOCK_STRING)) {
            advance();
        }
    }

    private void directive(Declarations into) throws GraphqlSyntaxException {
        expect(TokenKind.AT);
        String name = name();
        Map<String, TypeDefinition.Argument> arguments = arguments(TokenKind.PAREN_LEFT, TokenKind.PAREN_RIGHT);
        skip("repeatable");
        expect("on");
        var locations = new ArrayList<String>();
        skip(TokenKind.PIPE);
        do {
            locations.add(name());
        } while (skip(TokenKind.PIPE));
        into.directive(name, arguments, locations);
    }

    private TypeDefinition enumeration() throws GraphqlSyntaxException {
        String name = name();
        directives(true);
        var members = new LinkedHashMap<String, String>();
        block(TokenKind.BRACE_LEFT, TokenKind.BRACE_RIGHT, () -> {
            String member = name();
            members.put(member, told(directives(true), "enumValue", "value").orElse(member));
        });
        return new TypeDefinition.Enumeration(name, members);
    }

    private List<String> interfaces() throws GraphqlSyntaxException {
        var interfaces = new ArrayList<String>();
        if (skip("implements")) {
            skip(TokenKind.AMPERSAND);
            do {
                interfaces.add(name());
            } while (skip(TokenKind.AMPERSAND));
        }
        directives(true);
        return interfaces;
    }

    private Map<String, TypeDefinition.Field> fields() throws GraphqlSyntaxException {
        var fields = new LinkedHashMap<String, TypeDefinition.Field>();
        if (peek(TokenKind.BRACE_LEFT)) {
            block(TokenKind.BRACE_LEFT, TokenKind.BRACE_RIGHT, () -> {
                String name = name();
                Map<String, TypeDefinition.Argument> arguments = arguments(TokenKind.PAREN_LEFT, TokenKind.PAREN_RIGHT);
                expect(TokenKind.COLON);
                fields.put(name, new TypeDefinition.Field(name, arguments, type()));
                directives(true);
            });
        }
        return fields;
    }

    private Map<String, TypeDefinition.Argument> arguments(TokenKind open, TokenKind close)
            throws GraphqlSyntaxException {
        var arguments = new LinkedHashMap<String, TypeDefinition.Argument>();
        if (peek(open)) {
            block(open, close, () -> {
                String name = name();
                expect(TokenKind.COLON);
                TypeRef type = type();
                Optional<Value> value = skip(TokenKind.EQUALS) ? Optional.of(value(true)) : Optional.empty();
                Optional<String> expected = told(directives(true), "expectedType", "name");
                arguments.put(name, new TypeDefinition.Argument(name, type, value, expected));
            });
        }
        return arguments;
    }

    /** The text that a directive on a declaration was given. */
    private static Optional<String> told(List<Directive> applied, String directive, String argument) {
        return applied.stream()
                .filter(each -> each.name().equals(directive))
                .flatMap(each -> each.arguments().stream())
                .filter(given -> given.name().equals(argument) && given.value() instanceof Value.Text)
                .map(given -> ((Value.Text) given.value()).text())
                .findFirst();
    }

    /** One entry of a block, without its description. */
    private interface Entry {
        void read() throws GraphqlSyntaxException;
    }

    private void block(TokenKind open, TokenKind close, Entry entry) throws GraphqlSyntaxException {
        expect(open);
        do {
            description();
            entry.read();
        } while (!skip(close));
    }
}
