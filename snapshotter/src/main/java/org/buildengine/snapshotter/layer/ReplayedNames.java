package org.buildengine.snapshotter.layer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.tree.NodeTable;
import org.jspecify.annotations.Nullable;

/**
 * Where {@link Replay} has put nodes with several names. Two paths of an archive may lead to one place, so that a name is lost
 * to what comes there later: a hard link is made of what is at that time where the name lies that the archive gives for it, as
 * programs that unpack do, and of any other name that is left if nothing is there. Used by one thread.
 */
final class ReplayedNames {
    private final NodeTable table;
    private final Supplier<? extends Tree> tree;

    /** Where names were put, by their order in the archive. */
    private final Map<Integer, String> byOrder = new HashMap<>();

    /** Where names of one node were put, by the number of its inode. */
    private final Map<Long, Deque<String>> byInode = new HashMap<>();

    /** Which inode is at a place, unless something else took it. */
    private final Map<String, Long> inodes = new HashMap<>();

    /** Names of nodes of {@code table}, put into what {@code tree} shows at the time. */
    ReplayedNames(NodeTable table, Supplier<? extends Tree> tree) {
        this.table = table;
        this.tree = tree;
    }

    /** Where another name of {@code node} is, which is put at {@code place} now; empty if nowhere. */
    Optional<String> other(int node, String place) {
        if (!table.has(node, NodeTable.LINKED)) {
            inodes.remove(place);
            return Optional.empty();
        }
        long inode = table.inode(node);
        Optional<String> other = there(byOrder.get(table.madeOf(node)));
        if (other.isEmpty()) {
            other = left(inode);
        }
        Long found = other.isPresent() ? inodes.get(other.get()) : Long.valueOf(inode);
        if (found == null) {
            inodes.remove(place);
        } else {
            inodes.put(place, found);
            byInode.computeIfAbsent(found, _ -> new ArrayDeque<>()).add(place);
        }
        byOrder.put(table.order(node), place);
        return other;
    }

    /** A place that has a name of the node still. The others are forgotten. */
    private Optional<String> left(long inode) {
        Deque<String> places = byInode.getOrDefault(inode, new ArrayDeque<>());
        while (!places.isEmpty()) {
            String first = places.getFirst();
            if (Objects.equals(inodes.get(first), inode) && there(first).isPresent()) {
                return Optional.of(first);
            }
            places.removeFirst();
        }
        return Optional.empty();
    }

    private Optional<String> there(@Nullable String place) {
        return Optional.ofNullable(place)
                .filter(at ->
                        tree.get().find(at).filter(node -> !node.isDirectory()).isPresent());
    }
}
