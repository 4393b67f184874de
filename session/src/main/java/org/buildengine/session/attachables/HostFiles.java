package org.buildengine.session.attachables;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.tree.BatchReceiver;
import org.buildengine.session.tree.CallStream;
import org.buildengine.session.tree.ImportOptions;
import org.buildengine.session.tree.StatCodec;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.session.tree.TreeReceiver;
import org.buildengine.session.tree.TreeSink;
import org.buildengine.session.wire.filesync.BytesMessage;
import org.buildengine.session.wire.filesync.FileSyncGrpc;
import org.buildengine.session.wire.fsutil.Packet;
import org.buildengine.session.wire.fsutil.Stat;
import org.buildengine.session.wire.hosttree.HostTreeGrpc;
import org.buildengine.session.wire.hosttree.TreeBatch;
import org.buildengine.session.wire.hosttree.TreeRequest;

/**
 * Reads files of a client's host. All questions are calls of the one method FileSync.DiffCopy; what they ask for decides
 * which message answers. Only for whole trees our own client has a denser one, HostTree.Read. May be used by any thread;
 * each call blocks its caller.
 */
public final class HostFiles {
    private static final String METHOD = "/moby.filesync.v1.FileSync/DiffCopy";
    private static final String BATCHES = "/buildengine.session.v1.HostTree/Read";

    private final Attachables client;

    /** Asks the given client. */
    public HostFiles(Attachables client) {
        this.client = Objects.requireNonNull(client);
    }

    /** The absolute form of a path on the client's host, whether it exists or not. */
    public String absolutePath(String path) throws IOException, InterruptedException {
        return ask(ImportOptions.absolutePath(path), Stat.getDefaultInstance()).getPath();
    }

    /**
     * Attributes of one node; {@link TreeEntry#path} is its absolute path.
     *
     * @param resolveLinks whether symbolic links are followed first
     * @throws HostException with {@link Reason#NOT_FOUND} if nothing is there
     */
    public TreeEntry stat(String path, boolean resolveLinks) throws IOException, InterruptedException {
        return StatCodec.toEntry(ask(ImportOptions.stat(path, resolveLinks), Stat.getDefaultInstance()));
    }

    /**
     * The content of one file.
     *
     * @param max most bytes wanted, at most {@link ImportOptions#MAX_CHUNK}
     * @throws HostException with {@link Reason#NOT_FOUND}, or {@link Reason#TOO_LARGE}
     */
    public byte[] readFile(String path, int max) throws IOException, InterruptedException {
        if (max < 0 || max > ImportOptions.MAX_CHUNK) {
            throw new IllegalArgumentException("at most " + ImportOptions.MAX_CHUNK + " bytes can be read at once");
        }
        BytesMessage content = ask(ImportOptions.readFile(path, max), BytesMessage.getDefaultInstance());
        if (content.getData().size() > max) {
            throw new HostException(
                    Reason.TOO_LARGE,
                    "the client's file " + path + " has " + content.getData().size() + " bytes, more than " + max);
        }
        return content.getData().toByteArray();
    }

    /**
     * Imports the directory into {@code sink}.
     *
     * @param path absolute path of the directory
     * @param include patterns of {@link org.buildengine.session.patterns.PathPatterns}; empty for everything
     * @param exclude patterns of what is left out
     * @param gitignore whether what the tree's {@code .gitignore} files exclude is left out too
     * @throws HostException if the client fails, goes away or breaks the protocol, or a file changed meanwhile; it names the
     *     path. What the sink took so far is then to be discarded
     */
    public void importDirectory(
            String path, List<String> include, List<String> exclude, boolean gitignore, TreeSink sink)
            throws IOException, InterruptedException {
        importTree(ImportOptions.tree(path, include, exclude, List.of(), gitignore), sink);
    }

    /** As {@link #importDirectory}, with all options; {@link ImportOptions#followPaths} names links to follow. */
    public void importTree(ImportOptions options, TreeSink sink) throws IOException, InterruptedException {
        if (client.supports(BATCHES)) {
            importBatches(options, sink);
            return;
        }
        client.require(METHOD, "read " + options.path());
        // Closing cancels the call, which is how an engine says that it has everything.
        try (CallStream<Packet, Packet> stream = start(options, Packet.getDefaultInstance())) {
            new TreeReceiver(stream, sink).receive();
        }
    }

    private void importBatches(ImportOptions options, TreeSink sink) throws IOException, InterruptedException {
        client.require(BATCHES, "read " + options.path());
        CallOptions limits = CallOptions.DEFAULT.withMaxInboundMessageSize(BatchReceiver.MAX_BATCH);
        try (CallStream<TreeBatch, TreeRequest> stream = CallStream.start(
                client.channel(), HostTreeGrpc.getReadMethod(), limits, options.toMetadata(), Attachables.PATIENCE)) {
            new BatchReceiver(stream, sink).receive();
        }
    }

    private <T extends Message> T ask(ImportOptions options, T kind) throws IOException, InterruptedException {
        client.require(METHOD, "look at " + options.path());
        try (CallStream<T, Packet> stream = start(options, kind)) {
            T answer = stream.read()
                    .orElseThrow(() -> new HostException(
                            Reason.PROTOCOL, "the client did not answer what was asked about " + options.path()));
            stream.halfClose();
            return answer;
        }
    }

    private <T extends Message> CallStream<T, Packet> start(ImportOptions options, T kind) {
        MethodDescriptor<Packet, T> method = FileSyncGrpc.getDiffCopyMethod().toBuilder(
                        ProtoUtils.marshaller(Packet.getDefaultInstance()), ProtoUtils.marshaller(kind))
                .build();
        Metadata headers = options.toMetadata();
        return CallStream.start(client.channel(), method, headers, Attachables.PATIENCE);
    }
}
