package org.buildengine.session.hostfiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ServerServiceDefinition;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.buildengine.session.HostException;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HostFiles;
import org.buildengine.session.transport.AttachedPair;
import org.buildengine.session.transport.ClientAttachment;
import org.buildengine.session.tree.BatchReceiver;
import org.buildengine.session.tree.CallStream;
import org.buildengine.session.tree.ImportOptions;
import org.buildengine.session.tree.ServedStream;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.session.tree.TreeSink;
import org.buildengine.session.wire.hosttree.HostTreeGrpc;
import org.buildengine.session.wire.hosttree.TreeBatch;
import org.buildengine.session.wire.hosttree.TreeRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Either end of the batch protocol against another that goes too far, over a real attachment. */
class BatchLimitsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path home;

    @Test
    void batchesBeyondTheLimitAreRefused() throws Exception {
        TreeBatch tooLarge = TreeBatch.newBuilder()
                .setContents(ByteString.copyFrom(new byte[BatchReceiver.MAX_BATCH]))
                .build();
        ServerServiceDefinition hostile = ServerServiceDefinition.builder(HostTreeGrpc.getServiceDescriptor())
                .addMethod(
                        HostTreeGrpc.getReadMethod(),
                        ServedStream.handler(PATIENCE, (stream, _) -> stream.write(tooLarge)))
                .build();
        try (AttachedPair pair = AttachedPair.tcp();
                ClientAttachment client = pair.attach(List.of(hostile));
                Attachables engine = pair.engineSide()) {
            var files = new HostFiles(engine);
            assertThatThrownBy(() -> files.importDirectory("/", List.of(), List.of(), false, new Nothing()))
                    .isInstanceOfSatisfying(
                            HostException.class, e -> assertThat(e.reason()).isEqualTo(HostException.Reason.TOO_LARGE))
                    .hasMessageContaining("exceeds maximum size 1048576");
            assertThat(client.closed()).isNotDone();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 4, -1})
    void contentsOfWhatIsNoFileOrWasAskedForBeforeAreRefused(int number) throws Exception {
        Files.writeString(home.resolve("a"), "a");
        Files.createDirectory(home.resolve("b"));
        Files.createSymbolicLink(home.resolve("c"), Path.of("a"));
        Files.writeString(home.resolve("d"), "d");
        var service = new ClientTrees(new HostPaths(home, home)).service();
        try (AttachedPair pair = AttachedPair.tcp();
                ClientAttachment client = pair.attach(List.of(service));
                Attachables engine = pair.engineSide();
                CallStream<TreeBatch, TreeRequest> stream = CallStream.start(
                        engine.channel(),
                        HostTreeGrpc.getReadMethod(),
                        ImportOptions.tree(home.toString(), List.of(), List.of(), List.of(), false)
                                .toMetadata(),
                        PATIENCE)) {
            assertThat(stream.read().orElseThrow().getEntriesCount()).isEqualTo(4);
            stream.write(TreeRequest.newBuilder().addContents(0).build());
            assertThat(stream.read().orElseThrow().getContents().toStringUtf8()).isEqualTo("a");
            stream.write(TreeRequest.newBuilder().addContents(number).build());
            assertThatThrownBy(stream::read)
                    .hasMessageContaining("asked for the content of entry " + Integer.toUnsignedString(number)
                            + ", which is no file or was asked for before");
            assertThat(client.closed()).isNotDone();
        }
    }

    /** Wants nothing. */
    private static final class Nothing implements TreeSink {
        @Override
        public boolean accept(TreeEntry entry) {
            return false;
        }

        @Override
        public OutputStream open(TreeEntry file) {
            throw new AssertionError("nothing was asked for");
        }
    }
}
