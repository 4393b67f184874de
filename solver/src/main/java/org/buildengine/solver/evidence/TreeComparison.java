package org.buildengine.solver.evidence;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.Tree;

/**
 * Names what differs between two trees. Only directories are looked into that a layer has which the two do not share, and not
 * too many of them, so that large trees are compared as fast as small ones. Times do not count. Used once, by one thread.
 */
final class TreeComparison {
    /** So many files are named; others are counted. */
    static final int MOST_NAMED = 8;

    /** So many files are found one by one, to tell whose changes they are. */
    private static final int MOST_FOUND = 64;

    /** So many nodes are looked at. */
    private static final int MOST_VISITED = 20_000;

    private final Tree before;
    private final Tree after;
    private final Optional<Set<String>> changing;
    private final Predicate<String> seen;
    private final List<FileChange> named = new ArrayList<>();
    private final List<FileChange> unseen = new ArrayList<>();
    private int more;
    private int visited;

    /**
     * What differs.
     *
     * @param more how many more files differ, at least
     */
    record Result(List<FileChange> files, int more) {}

    private TreeComparison(Tree before, Tree after, Optional<Set<String>> changing, Predicate<String> seen) {
        this.before = before;
        this.after = after;
        this.changing = changing;
        this.seen = seen;
    }

    /**
     * Compares two trees.
     *
     * @param seen the paths that are of interest; others are named if nothing differs in these
     */
    static Result compare(Snapshotter snapshotter, Snapshot before, Snapshot after, Predicate<String> seen)
            throws IOException {
        int shared = 0;
        List<LayerId> old = before.layers();
        List<LayerId> now = after.layers();
        while (shared < old.size() && shared < now.size() && old.get(shared).equals(now.get(shared))) {
            shared++;
        }
        Optional<Set<String>> changing = Optional.empty();
        if (shared > 0) {
            Set<String> directories = new HashSet<>(Set.of(""));
            boolean all = addDirectories(snapshotter, old.subList(shared, old.size()), directories)
                    && addDirectories(snapshotter, now.subList(shared, now.size()), directories);
            changing = all ? Optional.of(directories) : Optional.empty();
        }
        var comparison = new TreeComparison(snapshotter.tree(before), snapshotter.tree(after), changing, seen);
        comparison.directory("");
        if (!comparison.named.isEmpty()) {
            return new Result(comparison.named, comparison.more);
        }
        return chosen(comparison.unseen, _ -> true);
    }

    /** Adds the directories that these layers have; says whether they were not too many. */
    private static boolean addDirectories(Snapshotter snapshotter, List<LayerId> layers, Set<String> into)
            throws IOException {
        if (!layers.isEmpty()) {
            snapshotter.tree(new Snapshot(layers)).walk("", PathFilter.ALL, node -> {
                if (node.isDirectory() && into.size() <= MOST_VISITED) {
                    into.add(node.path());
                }
            });
        }
        return into.size() <= MOST_VISITED;
    }

    private void directory(String path) throws IOException {
        Map<String, Node> old = children(before, path);
        Map<String, Node> now = children(after, path);
        var names = new TreeSet<>(old.keySet());
        names.addAll(now.keySet());
        for (String name : names) {
            if (++visited > MOST_VISITED) {
                return;
            }
            node(Optional.ofNullable(old.get(name)), Optional.ofNullable(now.get(name)));
        }
    }

    private static Map<String, Node> children(Tree tree, String path) throws IOException {
        var nodes = new LinkedHashMap<String, Node>();
        if (tree.find(path).filter(Node::isDirectory).isPresent()) {
            tree.list(path).forEach(node -> nodes.put(node.name(), node));
        }
        return nodes;
    }

    private void node(Optional<Node> old, Optional<Node> now) throws IOException {
        Node either = now.or(() -> old).orElseThrow();
        boolean directories = old.filter(Node::isDirectory).isPresent()
                && now.filter(Node::isDirectory).isPresent();
        if (!old.map(TreeComparison::essence).equals(now.map(TreeComparison::essence))) {
            add(new FileChange(
                    "/" + either.path(),
                    old.map(node -> text(node, now)).orElse(""),
                    now.map(node -> text(node, old)).orElse("")));
        }
        if (directories && changing.map(paths -> paths.contains(either.path())).orElse(true)) {
            directory(either.path());
        }
    }

    /** Of all that differs, what is named; see {@link #compare}. */
    static Result chosen(List<FileChange> changes, Predicate<String> seen) {
        List<FileChange> ofInterest =
                changes.stream().filter(change -> seen.test(change.path())).toList();
        List<FileChange> all = ofInterest.isEmpty() ? changes : ofInterest;
        List<FileChange> found = all.subList(0, Math.min(MOST_FOUND, all.size()));
        return new Result(List.copyOf(found), all.size() - found.size());
    }

    private void add(FileChange change) {
        if (!seen.test(change.path())) {
            unseen.add(change);
        } else if (named.size() < MOST_FOUND) {
            named.add(change);
        } else {
            more++;
        }
    }

    /** All of a node that counts. */
    private static List<Object> essence(Node node) {
        return List.of(
                node.type(),
                node.attributes().mode(),
                node.attributes().uid(),
                node.attributes().gid(),
                node.attributes().xattrs().entrySet().stream()
                        .map(entry -> entry.getKey() + " " + Digest.of(entry.getValue()))
                        .toList(),
                node.linkTarget(),
                node.content(),
                node.deviceMajor(),
                node.deviceMinor());
    }

    /** A node in few words, that say what differs from another. */
    private static String text(Node node, Optional<Node> other) {
        if (other.isPresent()
                && other.get().type() == node.type()
                && node.content().equals(other.get().content())
                && node.linkTarget().equals(other.get().linkTarget())) {
            return attributes(node);
        }
        return text(node);
    }

    /** Mode and owner of a node. */
    static String attributes(Node node) {
        return String.format(
                "mode %o, owner %d:%d",
                node.attributes().mode(),
                node.attributes().uid(),
                node.attributes().gid());
    }

    /** A node in few words. */
    static String text(Node node) {
        return switch (node.type()) {
            case FILE -> node.content().map(TreeComparison::text).orElse("file");
            case SYMLINK -> "link to " + node.linkTarget().orElse("");
            case DIRECTORY -> "directory";
            default -> "special file";
        };
    }

    private static String text(Digest content) {
        return "sha256 " + content.hex().substring(0, 12);
    }
}
