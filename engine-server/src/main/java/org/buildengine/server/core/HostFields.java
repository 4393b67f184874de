package org.buildengine.server.core;

import java.util.List;
import org.buildengine.server.core.Hosts.Selection;
import org.buildengine.server.core.Hosts.Uploaded;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;
import org.jspecify.annotations.Nullable;

/** Fields of {@code Host}: the files of whoever asks. */
final class HostFields {
    private final Facilities facilities;
    private final Reading reading;

    private HostFields(Facilities facilities) {
        this.facilities = facilities;
        this.reading = new Reading(facilities.snapshotter());
    }

    static void register(FieldRegistry registry, Facilities facilities) {
        var fields = new HostFields(facilities);
        registry.field("Host", "directory", fields::directory);
        registry.field("Host", "file", fields::file);
        registry.field("Host", "findUp", fields::findUp);
    }

    /** One upload of one client: the first one is what the client sees from then on. */
    private record UploadKey(String client, Selection selection) {}

    private Directory directory(Call call) throws Exception {
        return upload(
                call,
                new Selection(call.text("path"), call.texts("include"), call.texts("exclude"), call.flag("gitignore")));
    }

    private File file(Call call) throws Exception {
        String path = call.text("path");
        String trimmed = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        String name = TreePaths.name(trimmed);
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw Reading.notAFile(path, NodeType.DIRECTORY);
        }
        String parent = trimmed.contains("/") ? TreePaths.parent(trimmed) : ".";
        Directory directory = upload(call, new Selection(parent, List.of(escaped(name)), List.of(), false));
        ScopedTree scoped = reading.open(call, directory);
        NodeType type = Reading.node(scoped, name, path, true).type();
        if (type != NodeType.FILE) {
            throw Reading.notAFile(path, type);
        }
        return new File(directory.tree(), "", name, path);
    }

    /** A pattern that matches {@code name} and nothing else. */
    private static String escaped(String name) {
        return name.replaceAll("([\\\\*?\\[\\]!])", "\\\\$1");
    }

    private Directory upload(Call call, Selection selection) throws Exception {
        Uploaded uploaded = call.flag("noCache") ? fresh(call, selection) : remembered(call, selection);
        TreeOp tree = new TreeOp(uploaded.content(), uploaded.snapshot(), "upload " + selection.path());
        return Directory.root(new Vertex(tree, List.of()).output(0));
    }

    private Uploaded remembered(Call call, Selection selection) throws Exception {
        return call.client().session().once(new UploadKey(call.client().id(), selection), () -> fresh(call, selection));
    }

    private Uploaded fresh(Call call, Selection selection) throws ApiException, InterruptedException {
        return Reading.onHost(() -> facilities.hosts().upload(call.client(), selection));
    }

    private @Nullable String findUp(Call call) throws ApiException, InterruptedException {
        return Reading.onHost(() -> facilities.hosts().findUp(call.client(), call.text("name")))
                .orElse(null);
    }
}
