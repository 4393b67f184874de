package org.buildengine.server.graphql.language;

import java.util.ArrayList;
import java.util.List;

/** Cuts a text into tokens, one at a time. Not safe for use by several threads. */
final class Lexer {
    private final String text;
    private int at;
    private int line = 1;
    private int lineStart;

    Lexer(String text) {
        this.text = text;
    }

    Token next() throws GraphqlSyntaxException {
        skipIgnored();
        if (at >= text.length()) {
            return new Token(TokenKind.END, "", here());
        }
        char c = text.charAt(at);
        if (isNameStart(c)) {
            return name();
        }
        if (c == '"') {
            return text.startsWith("\"\"\"", at) ? blockString() : string();
        }
        if (c == '-' || isDigit(c)) {
            return number();
        }
        return punctuation(c);
    }

    private Token punctuation(char c) throws GraphqlSyntaxException {
        TokenKind kind = switch (c) {
            case '!' -> TokenKind.BANG;
            case '$' -> TokenKind.DOLLAR;
            case '&' -> TokenKind.AMPERSAND;
            case '(' -> TokenKind.PAREN_LEFT;
            case ')' -> TokenKind.PAREN_RIGHT;
            case ':' -> TokenKind.COLON;
            case '=' -> TokenKind.EQUALS;
            case '@' -> TokenKind.AT;
            case '[' -> TokenKind.BRACKET_LEFT;
            case ']' -> TokenKind.BRACKET_RIGHT;
            case '{' -> TokenKind.BRACE_LEFT;
            case '}' -> TokenKind.BRACE_RIGHT;
            case '|' -> TokenKind.PIPE;
            case '.' -> text.startsWith("...", at) ? TokenKind.SPREAD : TokenKind.END;
            default -> TokenKind.END;
        };
        if (kind == TokenKind.END) {
            throw error("Cannot parse the unexpected character \"" + Character.toString(text.codePointAt(at)) + "\".");
        }
        Position position = here();
        at += kind == TokenKind.SPREAD ? 3 : 1;
        return new Token(kind, "", position);
    }

    private void skipIgnored() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n' || c == '\r') {
                newLine();
            } else if (c == '#') {
                while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || c == ',' || c == '\uFEFF') {
                at++;
            } else {
                return;
            }
        }
    }

    /** Steps over one line break at the current place. */
    private void newLine() {
        at += text.startsWith("\r\n", at) ? 2 : 1;
        line++;
        lineStart = at;
    }

    private Token name() {
        Position position = here();
        int start = at;
        while (at < text.length() && (isNameStart(text.charAt(at)) || isDigit(text.charAt(at)))) {
            at++;
        }
        return new Token(TokenKind.NAME, text.substring(start, at), position);
    }

    private Token number() throws GraphqlSyntaxException {
        Position position = here();
        int start = at;
        TokenKind kind = TokenKind.INT;
        if (text.charAt(at) == '-') {
            at++;
        }
        if (peek() == '0') {
            at++;
            if (isDigit(peek())) {
                throw error("Invalid number, unexpected digit after 0: \"" + peek() + "\".");
            }
        } else {
            digits();
        }
        if (peek() == '.') {
            kind = TokenKind.FLOAT;
            at++;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            kind = TokenKind.FLOAT;
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            digits();
        }
        return new Token(kind, text.substring(start, at), position);
    }

    private void digits() throws GraphqlSyntaxException {
        if (!isDigit(peek())) {
            String found = at >= text.length() ? "<EOF>" : "\"" + Character.toString(text.codePointAt(at)) + "\"";
            throw error("Invalid number, expected digit but got: " + found + ".");
        }
        while (isDigit(peek())) {
            at++;
        }
    }

    private Token string() throws GraphqlSyntaxException {
        Position position = here();
        at++;
        int start = at;
        int end = at;
        while (end < text.length() && text.charAt(end) != '"' && text.charAt(end) != '\\' && text.charAt(end) >= ' ') {
            end++;
        }
        if (end < text.length() && text.charAt(end) == '"') {
            at = end + 1;
            return new Token(TokenKind.STRING, text.substring(start, end), position);
        }
        var value = new StringBuilder(text.length() > end ? 64 + end - start : 0).append(text, start, end);
        at = end;
        while (true) {
            if (at >= text.length() || text.charAt(at) == '\n' || text.charAt(at) == '\r') {
                throw error("Unterminated string.");
            }
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return new Token(TokenKind.STRING, value.toString(), position);
            }
            if (c == '\\') {
                escape(value);
            } else if (c < ' ' && c != '\t') {
                throw error("Invalid character within String: \"\\u%04d\".".formatted((int) c));
            } else {
                value.append(c);
                at++;
            }
        }
    }

    private void escape(StringBuilder into) throws GraphqlSyntaxException {
        char c = at + 1 < text.length() ? text.charAt(at + 1) : '\0';
        if (c == 'u') {
            unicodeEscape(into);
            return;
        }
        char plain = switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> throw error("Invalid character escape sequence: \\" + c + ".");
        };
        into.append(plain);
        at += 2;
    }

    /** Four hex digits behind the u, or any number of them in braces, as the newer specification has it. */
    private void unicodeEscape(StringBuilder into) throws GraphqlSyntaxException {
        boolean braces = at + 2 < text.length() && text.charAt(at + 2) == '{';
        int start = at + (braces ? 3 : 2);
        int end = braces ? text.indexOf('}', start) : Math.min(start + 4, text.length());
        String digits = end < start || end - start > 8 ? "" : text.substring(start, end);
        boolean valid = !digits.isEmpty()
                && (braces || digits.length() == 4)
                && digits.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128);
        long point = valid ? Long.parseLong(digits, 16) : -1;
        if (point < 0 || point > Character.MAX_CODE_POINT) {
            throw error("Invalid character escape sequence: \\"
                    + text.substring(at + 1, Math.min(at + 6, text.length())) + ".");
        }
        into.appendCodePoint((int) point);
        at = braces ? end + 1 : end;
    }

    private Token blockString() throws GraphqlSyntaxException {
        Position position = here();
        at += 3;
        var raw = new StringBuilder();
        while (true) {
            if (at >= text.length()) {
                throw error("Unterminated string.");
            }
            if (text.startsWith("\"\"\"", at)) {
                at += 3;
                return new Token(TokenKind.BLOCK_STRING, dedent(raw.toString()), position);
            }
            char c = text.charAt(at);
            if (text.startsWith("\\\"\"\"", at)) {
                raw.append("\"\"\"");
                at += 4;
            } else if (c == '\n' || c == '\r') {
                raw.append('\n');
                newLine();
            } else {
                raw.append(c);
                at++;
            }
        }
    }

    /** Takes the common indentation and the blank lines at both ends away. */
    private static String dedent(String raw) {
        List<String> lines = new ArrayList<>(List.of(raw.split("\n", -1)));
        int common = Integer.MAX_VALUE;
        for (String line : lines.subList(1, lines.size())) {
            int indent = indent(line);
            if (indent < line.length()) {
                common = Math.min(common, indent);
            }
        }
        for (int i = 1; i < lines.size(); i++) {
            lines.set(i, lines.get(i).substring(Math.min(common, lines.get(i).length())));
        }
        while (!lines.isEmpty() && indent(lines.getFirst()) == lines.getFirst().length()) {
            lines.removeFirst();
        }
        while (!lines.isEmpty() && indent(lines.getLast()) == lines.getLast().length()) {
            lines.removeLast();
        }
        return String.join("\n", lines);
    }

    private static int indent(String line) {
        int i = 0;
        while (i < line.length() && (line.charAt(i) == ' ' || line.charAt(i) == '\t')) {
            i++;
        }
        return i;
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private Position here() {
        return new Position(line, at - lineStart + 1);
    }

    private GraphqlSyntaxException error(String message) {
        return new GraphqlSyntaxException(message, here());
    }

    private static boolean isNameStart(char c) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
