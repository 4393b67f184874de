package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeEditor.CopyOptions;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;

/**
 * Puts the nodes of a layer into a tree one after the other, in the order of the archive that it was made of
 * ({@link NodeTable#order}), as a program does that unpacks it there: links on the way are followed, and what an entry says
 * takes the place of a link. First all that marks hide goes, since they never hide what is the layer's own; what goes because an
 * entry took its place goes in the turn of that entry. Used once, by one thread.
 */
final class Replay {
    private final LayerView view;
    private final NodeTable table;
    private final Tree own;
    private final LayerEditor editor;
    private final ReplayedNames names;
    private final int[] parents;
    private final List<Step> hiding = new ArrayList<>();
    private final List<Step> putting = new ArrayList<>();

    /** Directories that are there only because something is in them. */
    private final Set<String> made = new HashSet<>();

    /** The directory of the layer that was looked for last, and where it is, as long as nothing moved it. */
    private Optional<Where> last = Optional.empty();

    private record Where(String path, String place) {}

    private record Step(int order, Act act, int node) {}

    private enum Act {
        HIDE,
        HIDE_BELOW,
        FIND,
        PUT
    }

    private Replay(LayerView view, Tree own, LayerEditor editor) {
        this.view = view;
        this.table = view.table();
        this.own = own;
        this.editor = editor;
        this.names = new ReplayedNames(table, editor::tree);
        this.parents = new int[table.count()];
    }

    /**
     * Puts all nodes of a layer, which {@code own} shows, where {@code editor} edits.
     *
     * @return the directories that it made only because something is in them
     */
    static Set<String> run(LayerView view, Tree own, LayerEditor editor) throws IOException {
        var replay = new Replay(view, own, editor);
        replay.plan();
        for (List<Step> steps : List.of(replay.hiding, replay.putting)) {
            steps.sort(Comparator.comparingInt(Step::order));
            for (Step step : steps) {
                replay.run(step);
            }
        }
        return replay.made;
    }

    /** Parents come before what is in them, where the order says nothing. */
    private void plan() {
        for (int node = 0; node < table.count(); node++) {
            if (table.isDirectory(node)) {
                directory(node);
            } else if (table.isWhiteout(node)) {
                hiding.add(new Step(table.order(node), Act.HIDE, node));
            } else {
                putting.add(new Step(table.order(node), Act.PUT, node));
            }
        }
    }

    private void directory(int directory) {
        int[] children = view.children(directory);
        for (int child : children) {
            parents[child] = directory;
        }
        if (table.has(directory, NodeTable.OPAQUE)) {
            Act act = table.has(directory, NodeTable.REPLACING) ? Act.HIDE : Act.HIDE_BELOW;
            List<Step> steps = table.has(directory, NodeTable.IN_TURN) ? putting : hiding;
            steps.add(new Step(table.hidingOrder(directory), act, directory));
        }
        if (!StackedLayer.isOnTheWay(table, directory)) {
            putting.add(new Step(table.order(directory), Act.PUT, directory));
        } else if (Arrays.stream(children).allMatch(table::isWhiteout)) {
            putting.add(new Step(table.order(directory), Act.FIND, directory));
        } // else made for what is in it, unless that is there
    }

    private void run(Step step) throws IOException {
        String path = path(step.node());
        switch (step.act()) {
            case HIDE -> hide(path);
            case HIDE_BELOW -> hideBelow(path);
            case FIND -> found(path);
            case PUT -> put(step.node(), path);
        }
    }

    private String path(int node) {
        String path = "";
        for (int at = node; at != LayerView.ROOT; at = parents[at]) {
            path = Names.join(table.name(at), path);
        }
        return path;
    }

    private void hide(String path) throws IOException {
        Optional<String> directory = place(Names.parent(path), false);
        if (directory.isPresent()) {
            editor.remove(Names.join(directory.get(), name(path)));
            last = Optional.empty();
        }
    }

    private void hideBelow(String path) throws IOException {
        Optional<String> directory = place(path, false);
        if (directory.isPresent()) {
            for (Node node : editor.tree().list(directory.get())) {
                editor.remove(node.path());
            }
            last = Optional.empty();
        }
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private void put(int number, String path) throws IOException {
        String place = path.isEmpty() ? "" : Names.join(found(Names.parent(path)), name(path));
        putAt(place, number, node(path));
        made.remove(place);
    }

    private void putAt(String place, int number, Node node) throws IOException {
        Optional<Node> there = editor.tree().find(place);
        if (there.isPresent() && there.get().isDirectory() != node.isDirectory()) {
            editor.remove(place);
        }
        if (node.isSymlink() || there.filter(before -> !before.isFile()).isPresent()) {
            last = Optional.empty();
        }
        editor.place(place, own, node, CopyOptions.PLAIN, (_, at) -> names.other(number, at));
    }

    private Node node(String path) throws TreeException {
        return own.find(path).orElseThrow(() -> new TreeException(TreeException.Code.NOT_FOUND, path));
    }

    /** Where a directory of the layer is; it is made if there is none. */
    private String found(String path) throws IOException {
        return place(path, true).orElseThrow(() -> new TreeException(TreeException.Code.NOT_A_DIRECTORY, path));
    }

    /**
     * Where a directory of the layer is.
     *
     * @param make whether it is made if there is none, in the place of whatever is there; it is empty otherwise
     */
    private Optional<String> place(String path, boolean make) throws IOException {
        if (last.isPresent() && last.get().path().equals(path)) {
            return Optional.of(last.get().place());
        }
        String walked = "";
        String place = "";
        for (String name : Names.elements(path)) {
            walked = Names.join(walked, name);
            place = editor.tree().resolveForWriting(Names.join(place, name), true);
            Optional<Node> there = editor.tree().find(place);
            if (there.isPresent() && there.get().isDirectory()) {
                continue;
            }
            if (!make) {
                return Optional.empty();
            }
            if (there.isPresent()) {
                editor.remove(place);
            }
            editor.keepDirectory(place, node(walked).attributes());
            made.add(place);
        }
        last = Optional.of(new Where(path, place));
        return Optional.of(place);
    }
}
