package org.buildengine.server.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;

/**
 * A path with wildcards in its names: {@code *}, {@code ?} and classes in brackets, none of which crosses a slash; a
 * backslash takes the next character as it is. Immutable.
 */
final class NamePattern {
    private final String text;

    NamePattern(String text) {
        this.text = text;
    }

    /** The absolute paths that match. Links on the way are followed, links at the end are not. */
    List<String> find(Tree tree) throws IOException {
        List<String> found = List.of("");
        for (String name : text.split("/", -1)) {
            if (!name.isEmpty()) {
                found = step(tree, found, name);
            }
        }
        return found.stream().filter(path -> !path.isEmpty()).toList();
    }

    private static List<String> step(Tree tree, List<String> directories, String name) throws IOException {
        var next = new ArrayList<String>();
        boolean literal = name.chars().noneMatch(c -> c == '*' || c == '?' || c == '[' || c == '\\');
        for (String path : directories) {
            Optional<Node> directory = tree.resolve(path, true).filter(Node::isDirectory);
            if (directory.isEmpty()) {
                continue;
            }
            String real = directory.get().path().isEmpty()
                    ? ""
                    : "/" + directory.get().path();
            if (literal) {
                tree.find(real + "/" + name).ifPresent(node -> next.add(real + "/" + name));
            } else {
                Pattern pattern = compile(name);
                tree.list(directory.get().path()).stream()
                        .filter(node -> pattern.matcher(node.name()).matches())
                        .forEach(node -> next.add(real + "/" + node.name()));
            }
        }
        return next;
    }

    private static Pattern compile(String name) throws IOException {
        var regex = new StringBuilder();
        for (int at = 0; at < name.length(); at++) {
            char c = name.charAt(at);
            int close = c == '[' ? name.indexOf(']', at + 2) : -1;
            if (close > 0) {
                String inside = name.substring(at + 1, close);
                boolean negated = inside.startsWith("^");
                regex.append(negated ? "[^" : "[")
                        .append((negated ? inside.substring(1) : inside)
                                .replace("[", "\\[")
                                .replace("&", "\\&")
                                .replace("^", "\\^"))
                        .append(']');
                at = close;
            } else if (c == '\\' && at + 1 < name.length()) {
                at++;
                regex.append(Pattern.quote(String.valueOf(name.charAt(at))));
            } else {
                regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
            }
        }
        try {
            return Pattern.compile(regex.toString(), Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            throw new IOException("syntax error in pattern \"" + name + "\"", e);
        }
    }
}
