package org.buildengine.server.graphql.language;

/** One token: its text with escapes resolved, empty for punctuation. */
record Token(TokenKind kind, String text, Position at) {
    boolean is(String keyword) {
        return kind == TokenKind.NAME && text.equals(keyword);
    }

    String shown() {
        return text.isEmpty() ? kind.shown() : kind.shown() + " \"" + text + "\"";
    }
}
