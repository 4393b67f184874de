package org.buildengine.server.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.TreeEditor;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.TreeException.Code;
import org.buildengine.solver.op.FileAction;

/** The edits that need no other tree. Used by one thread. */
final class TreeEdits {
    private static final int LINK_MODE = 0777;

    private final TreeEditor editor;
    private final long now;

    /**
     * Edits through {@code editor}.
     *
     * @param now the time that new nodes get, in nanoseconds since the epoch
     */
    TreeEdits(TreeEditor editor, long now) {
        this.editor = editor;
        this.now = now;
    }

    void makeDirectory(FileAction.MakeDirectory action) throws IOException {
        refuseFiles(prefixes(action.path()));
        Owner owner = owner(action.owner()).orElse(Owner.ROOT);
        Attributes attributes = new Attributes(action.mode(), owner.uid(), owner.gid(), now, Map.of());
        for (String path : prefixes(action.path())) {
            if (!isDirectory(path)) {
                removeWhatIsInTheWay(path);
                editor.makeDirectory(path, attributes);
            }
        }
    }

    void writeFile(FileAction.WriteFile action) throws IOException {
        refuseFiles(parents(action.path()));
        clearParents(action.path());
        Optional<Node> existing = editor.tree().resolve(action.path(), true);
        if (existing.filter(Node::isDirectory).isPresent()) {
            throw new TreeException(Code.IS_A_DIRECTORY, action.path());
        }
        // What is written again keeps its mode and owner, as it would on disk.
        Attributes before = existing.map(Node::attributes).orElse(Attributes.ofMode(action.mode()));
        Owner owner = owner(action.owner()).orElse(new Owner(before.uid(), before.gid()));
        editor.writeFile(
                existing.map(node -> "/" + node.path()).orElse(action.path()),
                new Attributes(before.mode(), owner.uid(), owner.gid(), now, Map.of()),
                action.content().getBytes(StandardCharsets.UTF_8));
    }

    void symlink(FileAction.Symlink action) throws IOException {
        refuseFiles(parents(action.path()));
        clearParents(action.path());
        if (editor.tree()
                .resolve(action.path(), false)
                .filter(Node::isDirectory)
                .isPresent()) {
            throw new TreeException(Code.EXISTS, action.path());
        }
        editor.writeSymlink(action.path(), Attributes.ofMode(LINK_MODE).withMtime(now), action.target());
    }

    void remove(FileAction.Remove action) throws IOException {
        for (String path : new NamePattern(action.pattern()).find(editor.tree())) {
            editor.remove(path);
        }
    }

    void require(FileAction.Require action) throws IOException {
        Node node = editor.tree()
                .resolve(action.path(), action.directory())
                .orElseThrow(() -> new TreeException(Code.NOT_FOUND, action.path()));
        if (action.directory() && !node.isDirectory()) {
            throw new TreeException(Code.NOT_A_DIRECTORY, action.path());
        }
    }

    void changeOwner(FileAction.ChangeOwner action) throws IOException {
        Owner owner = Owner.lookUp(editor.tree(), action.owner());
        for (String path : withDescendants(action.path())) {
            editor.change(
                    path,
                    OptionalInt.empty(),
                    OptionalInt.of(owner.uid()),
                    OptionalInt.of(owner.gid()),
                    OptionalLong.empty());
        }
    }

    void setTimestamps(FileAction.SetTimestamps action) throws IOException {
        long nanos = Math.multiplyExact(action.epochSeconds(), 1_000_000_000L);
        for (String path : withDescendants(action.path())) {
            editor.change(path, OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalLong.of(nanos));
        }
    }

    void replace(FileAction.Replace action) throws IOException {
        Node file = editor.tree()
                .resolve(action.path(), true)
                .orElseThrow(() -> new TreeException(Code.NOT_FOUND, action.path()));
        if (!file.isFile()) {
            throw new TreeException(Code.IS_A_DIRECTORY, action.path());
        }
        byte[] content;
        try (InputStream in = editor.tree().open(file)) {
            content = in.readAllBytes();
        }
        String replaced = Replacement.of(action).apply(new String(content, StandardCharsets.UTF_8));
        editor.writeFile(
                "/" + file.path(), file.attributes().withMtime(now), replaced.getBytes(StandardCharsets.UTF_8));
    }

    /** The numbers behind the name of an owner, which is looked up in the tree that is edited. */
    Optional<Owner> owner(Optional<String> name) throws IOException {
        return name.isEmpty() ? Optional.empty() : Optional.of(Owner.lookUp(editor.tree(), name.get()));
    }

    /** Whether {@code path} leads to a directory. */
    boolean isDirectory(String path) throws IOException {
        return editor.tree().resolve(path, true).filter(Node::isDirectory).isPresent();
    }

    /** What is made anew does not take the place of a file that it does not name; a copy may. */
    private void refuseFiles(List<String> directories) throws IOException {
        for (String directory : directories) {
            if (editor.tree()
                    .resolve(directory, true)
                    .filter(node -> !node.isDirectory())
                    .isPresent()) {
                throw new TreeException(Code.NOT_A_DIRECTORY, directory);
            }
        }
    }

    /** Removes files and links that stand where {@code path} needs a directory to lie in. */
    void clearParents(String path) throws IOException {
        for (String parent : parents(path)) {
            if (!isDirectory(parent)) {
                removeWhatIsInTheWay(parent);
                return;
            }
        }
    }

    /** Removes the node at {@code path}, which is no directory, if there is one. */
    void removeWhatIsInTheWay(String path) throws IOException {
        if (editor.tree().resolve(path, false).isPresent()) {
            editor.remove(path);
        }
    }

    /** The directories above the path but the root, from the top down. */
    private static List<String> parents(String path) {
        List<String> prefixes = prefixes(path);
        return prefixes.subList(0, Math.max(0, prefixes.size() - 1));
    }

    /** The path and those of all directories above it but the root, from the top down. */
    private static List<String> prefixes(String path) {
        var prefixes = new ArrayList<String>();
        var prefix = new StringBuilder();
        for (String name : path.split("/", -1)) {
            if (!name.isEmpty()) {
                prefixes.add(prefix.append('/').append(name).toString());
            }
        }
        return prefixes;
    }

    private List<String> withDescendants(String path) throws IOException {
        Node top = editor.tree().resolve(path, true).orElseThrow(() -> new TreeException(Code.NOT_FOUND, path));
        var paths = new ArrayList<String>();
        paths.add("/" + top.path());
        if (top.isDirectory()) {
            editor.tree().walk(top.path(), PathFilter.ALL, node -> paths.add("/" + node.path()));
        }
        return paths;
    }
}
