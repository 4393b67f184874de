package org.buildengine.session.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HostExport;
import org.buildengine.session.attachables.HostFiles;
import org.buildengine.session.transport.AttachedPair;
import org.buildengine.session.transport.ClientAttachment;
import org.buildengine.session.wire.filesync.BytesMessage;
import org.buildengine.session.wire.filesync.FileSendGrpc;
import org.buildengine.session.wire.filesync.FileSyncGrpc;
import org.buildengine.session.wire.fsutil.Packet;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every kind of stream between an engine and a client, with a reader that has room for one piece and takes none until it is
 * told to: the sender has to wait, with little under way; another stream of the same connection passes; and in the end
 * everything is there, in order.
 */
@Timeout(120)
class SlowReaderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** A window of the transport is 1 MiB, {@link BlockingStream#PREFETCH} messages wait for their reader, some are in hand. */
    private static final int MOST_UNDER_WAY = 4 + BlockingStream.PREFETCH + 6;

    private static final MethodDescriptor<BytesMessage, BytesMessage> FROM_CLIENT = method("FromClient");
    private static final MethodDescriptor<BytesMessage, BytesMessage> TO_CLIENT = method("ToClient");

    private static MethodDescriptor<BytesMessage, BytesMessage> method(String name) {
        return FileSendGrpc.getDiffCopyMethod().toBuilder()
                .setFullMethodName("test.Pieces/" + name)
                .build();
    }

    /** What a stream carries, and which way. */
    enum Kind {
        MESSAGES_TO_THE_ENGINE {
            @Override
            void run(Attachables engine, Pieces pieces) throws IOException, InterruptedException {
                receive(engine, pieces);
            }

            @Override
            ServerServiceDefinition service(Pieces pieces) {
                return messages(FROM_CLIENT, stream -> pieces.copy(stream::write));
            }
        },
        MESSAGES_TO_THE_CLIENT {
            @Override
            void run(Attachables engine, Pieces pieces) throws IOException, InterruptedException {
                try (CallStream<BytesMessage, BytesMessage> stream =
                        CallStream.start(engine.channel(), TO_CLIENT, new Metadata(), PATIENCE)) {
                    pieces.copy(stream::write);
                    stream.halfClose();
                    stream.finish(PATIENCE);
                }
            }

            @Override
            ServerServiceDefinition service(Pieces pieces) {
                return messages(TO_CLIENT, stream -> pieces.takeAll(stream));
            }
        },
        /** FileSync. */
        IMPORT {
            @Override
            void run(Attachables engine, Pieces pieces) throws IOException, InterruptedException {
                new HostFiles(engine).importDirectory("/", List.of(), List.of(), false, pieces.asSink());
            }

            @Override
            ServerServiceDefinition service(Pieces pieces) {
                return packets(FileSyncGrpc.getDiffCopyMethod(), stream -> {
                    var _ = new TreeSender(stream, pieces.asSource()).send();
                });
            }
        },
        /** FileSend of a directory. */
        EXPORT_OF_A_DIRECTORY {
            @Override
            void run(Attachables engine, Pieces pieces) throws IOException, InterruptedException {
                new HostExport(engine).exportDirectory(pieces.asSource(), "/", HostExport.Existing.MERGE, List.of());
            }

            @Override
            ServerServiceDefinition service(Pieces pieces) {
                return packets(FileSendGrpc.getDiffCopyMethod(), stream -> {
                    var receiver = new TreeReceiver(stream, pieces.asSink());
                    receiver.receive();
                    receiver.finish();
                });
            }
        },
        /** FileSend of a file. */
        EXPORT_OF_A_FILE {
            @Override
            void run(Attachables engine, Pieces pieces) throws IOException, InterruptedException {
                new HostExport(engine).exportFile(pieces.source(), "/file", "file", false, 0644);
            }

            @Override
            ServerServiceDefinition service(Pieces pieces) {
                return messages(FileSendGrpc.getDiffCopyMethod(), stream -> pieces.takeAll(stream));
            }
        };

        /** The engine's part, to the end of the stream. */
        abstract void run(Attachables engine, Pieces pieces) throws IOException, InterruptedException;

        /** The client's part. */
        abstract ServerServiceDefinition service(Pieces pieces);
    }

    @ParameterizedTest
    @EnumSource
    void everythingComesInOrderNothingPilesUpAndOthersPass(Kind kind) throws Exception {
        var slow = new Pieces();
        var quick = new Pieces();
        ServerServiceDefinition neighbour = messages(
                FROM_CLIENT.toBuilder()
                        .setFullMethodName("test.Neighbour/FromClient")
                        .build(),
                stream -> quick.copy(stream::write));
        try (AttachedPair pair = AttachedPair.tcp();
                ClientAttachment client = pair.attach(List.of(kind.service(slow), neighbour));
                Attachables engine = pair.engineSide();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                Future<?> stalled = threads.submit(() -> {
                    kind.run(engine, slow);
                    return client;
                });
                slow.awaitStall();
                assertThat(slow.sent()).isBetween(1, MOST_UNDER_WAY);

                Future<?> passing = threads.submit(() -> {
                    receive(engine, "test.Neighbour/FromClient", quick);
                    return client;
                });
                assertThat(quick.takeInOrder()).hasSize(Pieces.COUNT);
                passing.get(60, TimeUnit.SECONDS);
                assertThat(slow.sent()).isBetween(1, MOST_UNDER_WAY);
                assertThat(stalled).isNotDone();

                assertThat(slow.takeInOrder()).isEqualTo(Pieces.ALL);
                stalled.get(60, TimeUnit.SECONDS);
            } finally {
                threads.shutdownNow();
            }
        }
    }

    private static void receive(Attachables engine, Pieces pieces) throws IOException, InterruptedException {
        receive(engine, FROM_CLIENT.getFullMethodName(), pieces);
    }

    private static void receive(Attachables engine, String method, Pieces pieces)
            throws IOException, InterruptedException {
        try (CallStream<BytesMessage, BytesMessage> stream = CallStream.start(
                engine.channel(),
                FROM_CLIENT.toBuilder().setFullMethodName(method).build(),
                new Metadata(),
                PATIENCE)) {
            pieces.takeAll(stream);
        }
    }

    /** What a client does with a stream. */
    private interface Part<M> {
        void play(MessageStream<M, M> stream) throws IOException, InterruptedException;
    }

    private static ServerServiceDefinition messages(
            MethodDescriptor<BytesMessage, BytesMessage> method, Part<BytesMessage> part) {
        return serve(method, part);
    }

    private static ServerServiceDefinition packets(MethodDescriptor<?, ?> method, Part<Packet> part) {
        var packet = ProtoUtils.marshaller(Packet.getDefaultInstance());
        return serve(method.toBuilder(packet, packet).build(), part);
    }

    private static <M> ServerServiceDefinition serve(MethodDescriptor<M, M> method, Part<M> part) {
        return ServerServiceDefinition.builder(java.util.Objects.requireNonNull(method.getServiceName()))
                .addMethod(method, ServedStream.<M, M>handler(PATIENCE, (stream, headers) -> part.play(stream)))
                .build();
    }
}
