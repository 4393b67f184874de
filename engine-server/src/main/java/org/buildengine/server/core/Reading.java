package org.buildengine.server.core;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.exec.ExecFailure;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;

/** Makes what a call needs, and opens it. What goes wrong comes out as the error that the user sees. */
final class Reading {
    private static final String NOT_FOUND = "NOT_FOUND";
    private static final String INVALID = "INVALID_ARGUMENT";

    private final Snapshotter snapshotter;

    Reading(Snapshotter snapshotter) {
        this.snapshotter = snapshotter;
    }

    /** The result of {@code vertex}. */
    static StoredResult result(Call call, Vertex vertex) throws ApiException, InterruptedException {
        try {
            return call.demand(vertex);
        } catch (SolveException e) {
            throw failure(e);
        }
    }

    /** Runs what {@code container} describes, unless nothing of it can fail. Neither runs its default command. */
    static void settle(Call call, Container container) throws ApiException, InterruptedException {
        for (Vertex vertex : work(container)) {
            if (!(vertex.op() instanceof TreeOp) && !(vertex.op() instanceof SourceOp)) {
                result(call, vertex);
            }
        }
    }

    /** What has to be made for {@code container} to exist. */
    static List<Vertex> work(Container container) {
        var work = new java.util.LinkedHashSet<Vertex>();
        work.add(container.rootfs().vertex());
        container.mounts().stream()
                .filter(ContainerMount.Tree.class::isInstance)
                .forEach(mount -> work.add(((ContainerMount.Tree) mount).tree().vertex()));
        container.lastExec().ifPresent(work::add);
        return List.copyOf(work);
    }

    /** The tree behind {@code ref}. */
    Tree tree(Call call, InputRef ref) throws ApiException, IOException, InterruptedException {
        return snapshotter.tree(result(call, ref.vertex()).outputs().get(ref.output()));
    }

    /** The directory, which has to exist. */
    ScopedTree open(Call call, Directory directory) throws ApiException, IOException, InterruptedException {
        Tree tree = tree(call, directory.tree());
        Optional<ScopedTree> scoped;
        try {
            scoped = ScopedTree.of(tree, directory.path());
        } catch (TreeException e) {
            throw caused(
                            e.code() == TreeException.Code.NOT_A_DIRECTORY
                                    ? notADirectory(directory.asked())
                                    : unusable(directory.asked(), e),
                            e)
                    .late();
        }
        return scoped.orElseThrow(() -> missing(directory.asked()).late());
    }

    /** The file, which has to exist and to be one. */
    OpenFile open(Call call, File file) throws ApiException, IOException, InterruptedException {
        ScopedTree scoped = ScopedTree.of(tree(call, file.tree()), file.root())
                .orElseThrow(() -> missing(file.asked()).late());
        Node node = node(scoped, file.path(), file.asked(), true);
        if (!node.isFile()) {
            throw notAFile(file.asked(), node.type()).late();
        }
        return new OpenFile(scoped, node);
    }

    /** The node at {@code path}, which has to exist; {@code asked} is what errors call it. */
    static Node node(ScopedTree scoped, String path, String asked, boolean follow) throws ApiException {
        try {
            return scoped.resolve(path, follow).orElseThrow(() -> missing(asked));
        } catch (TreeException e) {
            throw caused(unusable(asked, e), e);
        }
    }

    static ApiException missing(String path) {
        return new ApiException(NOT_FOUND, "stat " + path + ": no such file or directory");
    }

    static ApiException notADirectory(String path) {
        return new ApiException(INVALID, "path " + path + " is a file, not a directory");
    }

    static ApiException notAFile(String path, NodeType type) {
        return new ApiException(INVALID, "path " + path + " is a " + type.noun() + ", not a file");
    }

    private static ApiException unusable(String path, TreeException e) {
        return new ApiException(INVALID, "stat " + path + ": " + e.code().text());
    }

    /** The error of a failed vertex as its user sees it; a failed command has its output in the extensions. */
    static ApiException failure(SolveException e) {
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof ExecFailure exec) {
                Map<String, Object> extensions = new LinkedHashMap<>();
                extensions.put("_type", "EXEC_ERROR");
                extensions.put("cmd", exec.command());
                extensions.put("exitCode", exec.exitCode());
                extensions.put("stdout", exec.stdout());
                extensions.put("stderr", exec.stderr());
                return caused(new ApiException("EXEC_ERROR", message(exec), extensions), e)
                        .late();
            }
        }
        String code = e.kind() == SolveException.Kind.CANCELLED ? "CANCELLED" : "FAILED";
        return caused(new ApiException(code, message(e)), e).late();
    }

    static ApiException caused(ApiException error, Throwable cause) {
        error.initCause(cause);
        return error;
    }

    static String message(Throwable e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    /** Does something on the machine of a client; what fails there is the user's to read. */
    static <T> T onHost(HostAction<T> action) throws ApiException, InterruptedException {
        try {
            return action.run();
        } catch (IOException e) {
            throw caused(new ApiException("HOST", message(e)), e).late();
        }
    }

    /** Something that needs the machine of a client. */
    @FunctionalInterface
    interface HostAction<T> {
        T run() throws IOException, InterruptedException;
    }

    /** A file that exists. */
    record OpenFile(ScopedTree scoped, Node node) {}
}
