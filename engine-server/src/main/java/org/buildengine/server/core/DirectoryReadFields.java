package org.buildengine.server.core;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.TreeException;

/** Fields of {@code Directory} that look into it. */
final class DirectoryReadFields {
    private final Facilities facilities;
    private final Reading reading;

    private DirectoryReadFields(Facilities facilities) {
        this.facilities = facilities;
        this.reading = new Reading(facilities.snapshotter());
    }

    static void register(FieldRegistry registry, Facilities facilities) {
        var fields = new DirectoryReadFields(facilities);
        registry.field("Directory", "name", DirectoryReadFields::name);
        registry.field("Directory", "file", fields::file);
        registry.field("Directory", "entries", fields::entries);
        registry.field("Directory", "glob", fields::glob);
        registry.field("Directory", "exists", fields::exists);
        registry.field("Directory", "stat", fields::stat);
        registry.field("Directory", "digest", fields::digest);
        registry.field("Directory", "sync", fields::sync);
        registry.field("Directory", "export", fields::export);
    }

    private static String name(Call call) {
        return TreePaths.name(call.receiver(Directory.class).path()) + "/";
    }

    private ScopedTree self(Call call) throws ApiException, IOException, InterruptedException {
        return reading.open(call, call.receiver(Directory.class));
    }

    private File file(Call call) throws ApiException, IOException, InterruptedException {
        String path = call.text("path");
        if (Reading.node(self(call), path, path, true).isDirectory()) {
            throw Reading.notAFile(path, NodeType.DIRECTORY);
        }
        Directory self = call.receiver(Directory.class);
        return new File(self.tree(), self.path(), TreePaths.clean(path), path);
    }

    private List<String> entries(Call call) throws ApiException, IOException, InterruptedException {
        ScopedTree scoped = self(call);
        String path = call.optionalText("path").orElse("");
        Optional<Node> directory = scoped.resolve(path, true);
        if (directory.isEmpty()) {
            throw new ApiException("NOT_FOUND", "open /" + TreePaths.clean(path) + ": no such file or directory");
        }
        if (!directory.get().isDirectory()) {
            throw Reading.notADirectory(path);
        }
        return scoped.list(directory.get()).stream()
                .map(node -> node.isDirectory() ? node.name() + "/" : node.name())
                .toList();
    }

    private List<String> glob(Call call) throws ApiException, IOException, InterruptedException {
        GlobPattern pattern = GlobPattern.of(call.text("pattern"));
        ScopedTree scoped = self(call);
        var found = new ArrayList<String>();
        scoped.tree().walk(scoped.root(), PathFilter.ALL, node -> {
            String path = scoped.relative(node);
            if (pattern.matches(path)) {
                found.add(node.isDirectory() ? path + "/" : path);
            }
        });
        return found;
    }

    private boolean exists(Call call) throws ApiException, IOException, InterruptedException {
        return exists(call, self(call), call.text("path"));
    }

    /** Whether {@code path} is there and is what the call expects; the empty path never is. */
    static boolean exists(Call call, ScopedTree scoped, String path) throws TreeException {
        if (path.isEmpty()) {
            return false;
        }
        String expected = call.optionalText("expectedType").orElse("");
        boolean follow = !call.flag("doNotFollowSymlinks") && !expected.equals("SYMLINK_TYPE");
        Optional<Node> node = scoped.resolve(path, follow);
        return node.isPresent() && matches(node.get().type(), expected);
    }

    private static boolean matches(NodeType type, String expected) {
        return switch (expected) {
            case "DIRECTORY_TYPE" -> type == NodeType.DIRECTORY;
            case "REGULAR_TYPE" -> type == NodeType.FILE;
            case "SYMLINK_TYPE" -> type == NodeType.SYMLINK;
            default -> true;
        };
    }

    private Stat stat(Call call) throws ApiException, IOException, InterruptedException {
        String path = call.text("path");
        return Stat.of(Reading.node(self(call), path, path, !call.flag("doNotFollowSymlinks")));
    }

    private String digest(Call call) throws ApiException, IOException, InterruptedException {
        ScopedTree scoped = self(call);
        return scoped.tree().digest(scoped.root(), PathFilter.ALL).toString();
    }

    private String sync(Call call) throws ApiException, IOException, InterruptedException {
        self(call);
        return call.idOf(call.receiver(Directory.class));
    }

    private String export(Call call) throws ApiException, IOException, InterruptedException {
        ScopedTree scoped = self(call);
        return Reading.onHost(
                () -> facilities.hosts().exportDirectory(call.client(), scoped, call.text("path"), call.flag("wipe")));
    }
}
