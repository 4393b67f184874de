package org.buildengine.server.graphql.language;

/** The kinds of tokens, with the names that error messages use for them. */
enum TokenKind {
    END("<EOF>"),
    BANG("!"),
    DOLLAR("$"),
    AMPERSAND("&"),
    PAREN_LEFT("("),
    PAREN_RIGHT(")"),
    SPREAD("..."),
    COLON(":"),
    EQUALS("="),
    AT("@"),
    BRACKET_LEFT("["),
    BRACKET_RIGHT("]"),
    BRACE_LEFT("{"),
    BRACE_RIGHT("}"),
    PIPE("|"),
    NAME("Name"),
    INT("Int"),
    FLOAT("Float"),
    STRING("String"),
    BLOCK_STRING("BlockString");

    private final String shown;

    TokenKind(String shown) {
        this.shown = shown;
    }

    String shown() {
        return shown;
    }
}
