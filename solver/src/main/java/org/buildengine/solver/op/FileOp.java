package org.buildengine.solver.op;

import java.util.List;
import java.util.Optional;

/**
 * Edits of input 0, applied in order; copies come from the other inputs. Paths are absolute within the tree. Output 0
 * is the edited tree.
 */
public record FileOp(List<FileAction> actions) implements Op {
    public FileOp {
        actions = List.copyOf(actions);
    }

    /** Where a file of an input comes to lie, as far as paths say; empty if it is not copied. Paths begin with a slash. */
    public Optional<String> place(int input, String path) {
        if (input == 0) {
            return Optional.of(path);
        }
        for (FileAction action : actions) {
            if (action instanceof FileAction.Copy copy && copy.input() == input) {
                String source = plain(copy.source());
                String name = plain(path);
                if (source.isEmpty() || name.startsWith(source + "/")) {
                    return Optional.of(
                            below(copy.destination(), name.substring(source.isEmpty() ? 0 : source.length() + 1)));
                }
                if (name.equals(source)) {
                    String last = name.substring(name.lastIndexOf('/') + 1);
                    return Optional.of(
                            copy.destination().endsWith("/")
                                    ? below(copy.destination(), last)
                                    : "/" + plain(copy.destination()));
                }
            }
        }
        return Optional.empty();
    }

    private static String below(String directory, String name) {
        String plain = plain(directory);
        return plain.isEmpty() ? "/" + name : "/" + plain + "/" + name;
    }

    private static String plain(String path) {
        return path.replaceAll("^/+|/+$", "");
    }

    @Override
    public void encode(KeyEncoder into) {
        into.text("file").list(actions.size());
        actions.forEach(action -> action.encode(into));
    }

    @Override
    public String describe() {
        return actions.size() == 1 ? actions.getFirst().describe() : actions.size() + " file edits";
    }
}
