package org.buildengine.snapshotter.tree;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.buildengine.snapshotter.TreeException;
import org.jspecify.annotations.Nullable;

/** Follows one path through a tree, links included, as a process whose root it is would. */
final class PathWalk {
    private static final int MOST_LINKS = 255;

    private final String asked;
    private final boolean mayBeMissing;
    private final Deque<String> rest = new ArrayDeque<>();
    private final List<String> names = new ArrayList<>();
    private final List<Merge.@Nullable Found> founds = new ArrayList<>();
    private int links;

    /**
     * Walks.
     *
     * @param mayBeMissing whether to go on by name alone where nothing exists
     */
    PathWalk(Merge.Found root, String path, boolean followLast, boolean mayBeMissing) throws TreeException {
        this.asked = path;
        this.mayBeMissing = mayBeMissing;
        founds.add(root);
        rest.addAll(Names.split(path));
        while (!rest.isEmpty() && step(rest.removeFirst(), followLast)) {
            // each step takes one name, or puts those of a link in front
        }
    }

    private boolean step(String name, boolean followLast) throws TreeException {
        if (name.equals("..")) {
            if (!names.isEmpty()) {
                names.removeLast();
                founds.removeLast();
            }
            return true;
        }
        Merge.Found here = founds.getLast();
        Merge.Found child = here == null ? null : childOf(here, name);
        if (child == null && !mayBeMissing) {
            founds.add(null);
            return false;
        }
        if (child != null && isLink(child) && (followLast || !rest.isEmpty())) {
            follow(child);
            return true;
        }
        names.add(name);
        founds.add(child);
        return true;
    }

    private Merge.@Nullable Found childOf(Merge.Found here, String name) throws TreeException {
        Merge.Directory directory = here.directory();
        if (directory == null) {
            throw new TreeException(TreeException.Code.NOT_A_DIRECTORY, asked);
        }
        return directory.child(Names.encode(name));
    }

    private static boolean isLink(Merge.Found found) {
        return found.view().table().kind(found.node()) == NodeTable.SYMLINK;
    }

    private void follow(Merge.Found link) throws TreeException {
        if (++links > MOST_LINKS) {
            throw new TreeException(TreeException.Code.LOOP, asked);
        }
        String target = link.view().table().targetText(link.node());
        if (target.startsWith("/")) {
            names.clear();
            founds.subList(1, founds.size()).clear();
        }
        Names.split(target).reversed().forEach(rest::addFirst);
    }

    /** What is at the end, or null. */
    Merge.@Nullable Found found() {
        return founds.getLast();
    }

    /** The real path. */
    String path() {
        return String.join("/", names);
    }
}
