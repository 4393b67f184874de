package org.buildengine.session.hostfiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.buildengine.session.HostException;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HostFiles;
import org.buildengine.session.transport.AttachedPair;
import org.buildengine.session.transport.ClientAttachment;
import org.buildengine.session.tree.BatchReceiver;
import org.buildengine.session.tree.CallStream;
import org.buildengine.session.tree.ImportOptions;
import org.buildengine.session.tree.ServedStream;
import org.buildengine.session.tree.StatCodec;
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
    private static final int PIECE = 128 * 1024;

    /** More pieces than the queue and the transport's window take, which is what a receiver keeps at most. */
    private static final int MOST_AHEAD = 64;

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
                CallStream<TreeBatch, TreeRequest> stream = read(engine)) {
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

    @Test
    void aSinkThatIsStuckHoldsTheSenderBack() throws Exception {
        int batches = 200;
        var sent = new AtomicInteger();
        var go = new CountDownLatch(1);
        ServerServiceDefinition eager = ServerServiceDefinition.builder(HostTreeGrpc.getServiceDescriptor())
                .addMethod(HostTreeGrpc.getReadMethod(), ServedStream.handler(PATIENCE, (stream, _) -> {
                    stream.write(TreeBatch.newBuilder()
                            .addEntries(StatCodec.toStat(TreeEntry.file("file", 0644, (long) batches * PIECE, 0)))
                            .setListed(true)
                            .build());
                    assertThat(stream.read().orElseThrow().getContentsList()).containsExactly(0);
                    TreeBatch piece = TreeBatch.newBuilder()
                            .setContents(ByteString.copyFrom(new byte[PIECE]))
                            .build();
                    for (int i = 0; i < batches; i++) {
                        stream.write(piece);
                        sent.incrementAndGet();
                    }
                }))
                .build();
        var stuck = new Nothing() {
            private long received;
            private int most;

            @Override
            public boolean accept(TreeEntry entry) {
                return true;
            }

            @Override
            public OutputStream open(TreeEntry file) {
                return new OutputStream() {
                    @Override
                    public void write(int b) {
                        throw new AssertionError("contents come in pieces");
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        received += length;
                        try {
                            // Long enough for a sender that nobody holds back.
                            for (int i = 0; i < 150 && go.getCount() > 0 && sent.get() < MOST_AHEAD; i++) {
                                Thread.sleep(20);
                            }
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                        go.countDown();
                        most = Math.max(most, sent.get() - (int) (received / PIECE));
                    }
                };
            }
        };
        try (AttachedPair pair = AttachedPair.tcp();
                ClientAttachment client = pair.attach(List.of(eager));
                Attachables engine = pair.engineSide()) {
            new HostFiles(engine).importDirectory("/", List.of(), List.of(), false, stuck);
            assertThat(client.closed()).isNotDone();
        }
        assertThat(stuck.received).isEqualTo((long) batches * PIECE);
        assertThat(stuck.most).isBetween(2, MOST_AHEAD - 1);
    }

    @Test
    void aCallThatIsCancelledLeavesNoThreadBehind() throws Exception {
        try (var file = new RandomAccessFile(home.resolve("large").toFile(), "rw")) {
            file.setLength(1L << 32);
        }
        var service = new ClientTrees(new HostPaths(home, home)).service();
        try (AttachedPair pair = AttachedPair.tcp();
                ClientAttachment client = pair.attach(List.of(service));
                Attachables engine = pair.engineSide()) {
            try (CallStream<TreeBatch, TreeRequest> stream = read(engine)) {
                assertThat(stream.read().orElseThrow().getListed()).isTrue();
                stream.write(TreeRequest.newBuilder().addContents(0).build());
                assertThat(stream.read().orElseThrow().getContents()).isNotEmpty();
                assertThat(senders()).isNotEmpty();
            }
            for (int i = 0; i < 1000 && !senders().isEmpty(); i++) {
                Thread.sleep(20);
            }
            assertThat(senders()).isEmpty();
            assertThat(client.closed()).isNotDone();
        }
    }

    private static List<String> senders() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("send tree: "))
                .toList();
    }

    private CallStream<TreeBatch, TreeRequest> read(Attachables engine) {
        Metadata options = ImportOptions.tree(home.toString(), List.of(), List.of(), List.of(), false)
                .toMetadata();
        return CallStream.start(engine.channel(), HostTreeGrpc.getReadMethod(), options, PATIENCE);
    }

    /** Wants nothing. */
    private static class Nothing implements TreeSink {
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
