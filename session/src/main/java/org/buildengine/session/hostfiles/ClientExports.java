package org.buildengine.session.hostfiles;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.tree.ExportOptions;
import org.buildengine.session.tree.GoFileMode;
import org.buildengine.session.tree.MessageStream;
import org.buildengine.session.tree.ServedStream;
import org.buildengine.session.tree.TreeReceiver;
import org.buildengine.session.wire.filesync.BytesMessage;
import org.buildengine.session.wire.fsutil.Packet;

/**
 * Offers this host as a place to write to (moby.filesync.v1.FileSend). The engine may write wherever the user of this process
 * may, but within one export only below its destination. Stateless; serves any number of calls at once.
 */
public final class ClientExports {
    private static final String SERVICE = "moby.filesync.v1.FileSend";
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int DEFAULT_FILE_MODE = 0600;

    private final HostPaths paths;

    /** Offers places whose paths are understood by {@code paths}. */
    public ClientExports(HostPaths paths) {
        this.paths = Objects.requireNonNull(paths);
    }

    /** The service to offer. */
    public ServerServiceDefinition service() {
        MethodDescriptor<ByteString, Packet> diffCopy = MethodDescriptor.<ByteString, Packet>newBuilder()
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "DiffCopy"))
                .setRequestMarshaller(new RawMarshaller())
                .setResponseMarshaller(ProtoUtils.marshaller(Packet.getDefaultInstance()))
                .build();
        return ServerServiceDefinition.builder(ServiceDescriptor.newBuilder(SERVICE)
                        .addMethod(diffCopy)
                        .build())
                .addMethod(diffCopy, ServedStream.handler(PATIENCE, this::answer))
                .build();
    }

    private void answer(MessageStream<ByteString, Packet> stream, Metadata headers)
            throws IOException, InterruptedException {
        ExportOptions options = ExportOptions.fromMetadata(headers);
        Path destination = paths.absolute(options.path());
        if (options.isFileStream()) {
            receiveFile(stream, destination, options);
        } else {
            receiveTree(stream, destination, options);
        }
    }

    private static void receiveTree(MessageStream<ByteString, Packet> stream, Path destination, ExportOptions options)
            throws IOException, InterruptedException {
        if (!options.merge()) {
            refuseWiping(destination);
        }
        for (String path : options.removePaths()) {
            DiskRemoval.named(destination, path);
        }
        DiskWriter writer = new DiskWriter(destination);
        TreeReceiver receiver = new TreeReceiver(new AsPackets(stream), writer);
        receiver.receive();
        if (!options.merge()) {
            // Only now: an export that fails half-way has deleted nothing.
            DiskRemoval.allBut(destination, writer.written());
        }
        writer.finish();
        receiver.finish();
    }

    private static void refuseWiping(Path destination) throws HostException {
        if (destination.getNameCount() == 0) {
            throw new HostException(
                    Reason.DENIED,
                    "exporting to " + destination + " with wipe would delete everything on this host; it is refused."
                            + " Export to a directory of its own, or without wipe.");
        }
    }

    private static void receiveFile(MessageStream<ByteString, Packet> stream, Path destination, ExportOptions options)
            throws IOException, InterruptedException {
        Path file = fileFor(destination, options);
        int mode = options.fileMode() == 0 ? DEFAULT_FILE_MODE : GoFileMode.permissions((int) options.fileMode());
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            // A device or pipe: it is written to, not replaced.
            try (OutputStream out = Files.newOutputStream(file)) {
                copy(stream, out);
            }
            return;
        }
        DiskWriter.makeDirectories(Objects.requireNonNullElse(file.getParent(), file));
        Path place = Files.isSymbolicLink(file) && Files.exists(file) ? file.toRealPath() : file;
        try (PendingFile out = PendingFile.create(place, mode, PendingFile.UNKNOWN, 0)) {
            copy(stream, out);
            out.complete();
        }
    }

    private static Path fileFor(Path destination, ExportOptions options) throws HostException {
        if (!Files.isDirectory(destination)) {
            return destination;
        }
        if (!options.allowParentDirPath()) {
            throw new HostException(
                    Reason.REMOTE,
                    "destination \"" + destination
                            + "\" is a directory; must be a file path unless allowParentDirPath is set");
        }
        String name = options.fileOriginalName();
        if (name.isEmpty()
                || name.equals(".")
                || name.equals("..")
                || name.indexOf('/') >= 0
                || name.indexOf('\0') >= 0) {
            throw new HostException(
                    Reason.PROTOCOL, "the engine's file name \"" + name + "\" is refused: it is no name");
        }
        return destination.resolve(name);
    }

    private static void copy(MessageStream<ByteString, Packet> stream, OutputStream out)
            throws IOException, InterruptedException {
        Optional<ByteString> message = stream.read();
        while (message.isPresent()) {
            try {
                BytesMessage.parseFrom(message.get()).getData().writeTo(out);
            } catch (InvalidProtocolBufferException e) {
                throw new HostException(Reason.PROTOCOL, "the engine sent something that is no piece of a file", e);
            }
            message = stream.read();
        }
    }

    /** Reads raw messages as packets of a tree. */
    private record AsPackets(MessageStream<ByteString, Packet> stream) implements MessageStream<Packet, Packet> {
        @Override
        public Optional<Packet> read() throws IOException, InterruptedException {
            Optional<ByteString> message = stream.read();
            try {
                return message.isPresent() ? Optional.of(Packet.parseFrom(message.get())) : Optional.empty();
            } catch (InvalidProtocolBufferException e) {
                throw new HostException(Reason.PROTOCOL, "the engine sent something that is no packet of a tree", e);
            }
        }

        @Override
        public void write(Packet message) throws IOException, InterruptedException {
            stream.write(message);
        }

        @Override
        public void writeNow(Packet message) throws IOException {
            stream.writeNow(message);
        }
    }

    /** Leaves requests as bytes: the call's metadata decides whether they are packets or pieces of a file. */
    private static final class RawMarshaller implements MethodDescriptor.Marshaller<ByteString> {
        @Override
        public InputStream stream(ByteString value) {
            return value.newInput();
        }

        @Override
        public ByteString parse(InputStream stream) {
            try {
                return ByteString.readFrom(stream);
            } catch (IOException e) {
                throw Status.INTERNAL
                        .withDescription("a message could not be read")
                        .withCause(new UncheckedIOException(e))
                        .asRuntimeException();
            }
        }
    }
}
