package org.buildengine.solver.simulation;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;

/** A tree of a few files in its root, by name. Only what keys are made of can be asked for, and the bytes of one file. */
record Contents(Snapshot snapshot, Map<String, String> files) implements Tree {
    @Override
    public Optional<Node> resolve(String path, boolean followLast) {
        if (path.equals("/")) {
            return Optional.of(node("", NodeType.DIRECTORY));
        }
        String name = path.substring(1);
        return files.containsKey(name) ? Optional.of(node(name, NodeType.FILE)) : Optional.empty();
    }

    private static Node node(String path, NodeType type) {
        return new Node(path, type, Attributes.ofMode(0755), 0, Optional.empty(), Optional.empty(), 0, 0);
    }

    @Override
    public Digest digest(String path, PathFilter filter) {
        return Digest.of(read(files, "/" + path));
    }

    /** All that lies at a path; what a step that reads it can depend on. */
    static String read(Map<String, String> files, String path) {
        return path.equals("/") ? files.toString() : String.valueOf(files.get(path.substring(1)));
    }

    @Override
    public Optional<Node> find(String path) {
        return resolve(path, false);
    }

    @Override
    public List<Node> list(String path) {
        throw new UnsupportedOperationException("nobody lists a simulated tree");
    }

    @Override
    public void walk(String path, PathFilter filter, Visitor visitor) {
        throw new UnsupportedOperationException("nobody walks a simulated tree");
    }

    @Override
    public InputStream open(Node file) {
        return new ByteArrayInputStream(read(files, "/" + file.path()).getBytes(StandardCharsets.UTF_8));
    }
}
