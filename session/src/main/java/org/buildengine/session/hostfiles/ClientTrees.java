package org.buildengine.session.hostfiles;

import io.grpc.Metadata;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.buildengine.session.tree.BatchSender;
import org.buildengine.session.tree.ImportOptions;
import org.buildengine.session.tree.MessageStream;
import org.buildengine.session.tree.ServedStream;
import org.buildengine.session.wire.hosttree.HostTreeGrpc;
import org.buildengine.session.wire.hosttree.TreeBatch;
import org.buildengine.session.wire.hosttree.TreeRequest;

/**
 * Offers this host's directories to our own engine (buildengine.session.v1.HostTree): what {@link ClientFiles} gives to
 * every engine, in fewer and larger messages. Stateless; serves any number of calls at once.
 */
public final class ClientTrees {
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final HostPaths paths;

    /** Offers directories whose paths are understood by {@code paths}. */
    public ClientTrees(HostPaths paths) {
        this.paths = Objects.requireNonNull(paths);
    }

    /** The service to offer. */
    public ServerServiceDefinition service() {
        return ServerServiceDefinition.builder(HostTreeGrpc.getServiceDescriptor())
                .addMethod(HostTreeGrpc.getReadMethod(), ServedStream.handler(PATIENCE, this::answer))
                .build();
    }

    private void answer(MessageStream<TreeRequest, TreeBatch> stream, Metadata headers)
            throws IOException, InterruptedException {
        ImportOptions options = ImportOptions.fromMetadata(headers);
        new BatchSender(stream, DiskTree.of(paths.absolute(options.path()), options)).send();
    }
}
