package org.buildengine.server.graphql.language;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads schema files: scalars, enums, inputs, interfaces, types, {@code extend type} and directives. Declarations are
 * handed on in the order of the file.
 */
public final class SchemaParser extends TokenReader {
    /** What a schema file declares. */
    public interface Declarations {
        /** A type is declared. */
        void type(TypeDefinition type);

        /** Fields are added to a type. */
        void extension(String type, Map<String, TypeDefinition.Field> fields);

        /** A directive is declared. */
        void directive(TypeDefinition.DirectiveDefinition directive);
    }

    private SchemaParser(String text) throws GraphqlSyntaxException {
        super(text);
    }

    /** Reads {@code text} and hands on what it declares. */
    public static void parse(String text, Declarations into) throws GraphqlSyntaxException {
        var parser = new SchemaParser(text);
        while (!parser.peek(TokenKind.END)) {
            parser.declaration(into);
        }
    }

    private void declaration(Declarations into) throws GraphqlSyntaxException {
        String description = description();
        Token keyword = expect(TokenKind.NAME);
        switch (keyword.text()) {
            case "directive" -> into.directive(directive(description));
            case "scalar" -> into.type(new TypeDefinition.Scalar(name(), description, directives(true)));
            case "enum" -> into.type(enumeration(description));
            case "input" -> into.type(input(description));
            case "interface" -> {
                String name = name();
                List<String> interfaces = interfaces();
                into.type(new TypeDefinition.Interface(name, description, directives(true), interfaces, fields()));
            }
            case "type" -> {
                String name = name();
                List<String> interfaces = interfaces();
                into.type(new TypeDefinition.Obj(name, description, directives(true), interfaces, fields()));
            }
            case "extend" -> {
                expect("type");
                into.extension(name(), fields());
            }
            default -> throw new GraphqlSyntaxException("Unexpected " + keyword.shown(), keyword.at());
        }
    }

    private String description() throws GraphqlSyntaxException {
        return peek(TokenKind.STRING) || peek(TokenKind.BLOCK_STRING) ? advance().text() : "";
    }

    private TypeDefinition.DirectiveDefinition directive(String description) throws GraphqlSyntaxException {
        expect(TokenKind.AT);
        String name = name();
        Map<String, TypeDefinition.Argument> arguments = arguments(TokenKind.PAREN_LEFT, TokenKind.PAREN_RIGHT);
        expect("on");
        var locations = new ArrayList<String>();
        skip(TokenKind.PIPE);
        do {
            locations.add(name());
        } while (skip(TokenKind.PIPE));
        return new TypeDefinition.DirectiveDefinition(name, description, arguments, List.copyOf(locations));
    }

    private TypeDefinition enumeration(String description) throws GraphqlSyntaxException {
        String name = name();
        List<Directive> directives = directives(true);
        var members = new LinkedHashMap<String, TypeDefinition.Member>();
        block(TokenKind.BRACE_LEFT, TokenKind.BRACE_RIGHT, () -> {
            String about = description();
            String member = name();
            members.put(member, new TypeDefinition.Member(member, about, directives(true)));
        });
        return new TypeDefinition.Enumeration(name, description, directives, members);
    }

    private TypeDefinition input(String description) throws GraphqlSyntaxException {
        String name = name();
        List<Directive> directives = directives(true);
        return new TypeDefinition.Input(
                name, description, directives, arguments(TokenKind.BRACE_LEFT, TokenKind.BRACE_RIGHT));
    }

    private List<String> interfaces() throws GraphqlSyntaxException {
        var interfaces = new ArrayList<String>();
        if (skip("implements")) {
            skip(TokenKind.AMPERSAND);
            do {
                interfaces.add(name());
            } while (skip(TokenKind.AMPERSAND));
        }
        return interfaces.stream().sorted().toList();
    }

    private Map<String, TypeDefinition.Field> fields() throws GraphqlSyntaxException {
        var fields = new LinkedHashMap<String, TypeDefinition.Field>();
        block(TokenKind.BRACE_LEFT, TokenKind.BRACE_RIGHT, () -> {
            String about = description();
            String name = name();
            Map<String, TypeDefinition.Argument> arguments =
                    arguments(TokenKind.PAREN_LEFT, TokenKind.PAREN_RIGHT);
            expect(TokenKind.COLON);
            TypeRef type = type();
            fields.put(name, new TypeDefinition.Field(name, about, arguments, type, directives(true)));
        });
        return fields;
    }

    private Map<String, TypeDefinition.Argument> arguments(TokenKind open, TokenKind close)
            throws GraphqlSyntaxException {
        var arguments = new LinkedHashMap<String, TypeDefinition.Argument>();
        if (peek(open)) {
            block(open, close, () -> {
                String about = description();
                String name = name();
                expect(TokenKind.COLON);
                TypeRef type = type();
                Optional<Value> value = skip(TokenKind.EQUALS) ? Optional.of(value(true)) : Optional.empty();
                arguments.put(name, new TypeDefinition.Argument(name, about, type, value, directives(true)));
            });
        }
        return arguments;
    }

    /** One entry of a block. */
    private interface Entry {
        void read() throws GraphqlSyntaxException;
    }

    private void block(TokenKind open, TokenKind close, Entry entry)
            throws GraphqlSyntaxException {
        expect(open);
        do {
            entry.read();
        } while (!skip(close));
    }
}
