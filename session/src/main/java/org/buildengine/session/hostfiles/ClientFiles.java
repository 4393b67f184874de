package org.buildengine.session.hostfiles;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.tree.EntryType;
import org.buildengine.session.tree.ImportOptions;
import org.buildengine.session.tree.MessageStream;
import org.buildengine.session.tree.ServedStream;
import org.buildengine.session.tree.StatCodec;
import org.buildengine.session.tree.TreeSender;
import org.buildengine.session.wire.filesync.BytesMessage;
import org.buildengine.session.wire.fsutil.Packet;
import org.buildengine.session.wire.fsutil.Stat;

/**
 * Offers this host's files for reading (moby.filesync.v1.FileSync). The engine may read whatever the user of this process
 * may read. Stateless; serves any number of calls at once.
 */
public final class ClientFiles {
    private static final String SERVICE = "moby.filesync.v1.FileSync";
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final HostPaths paths;

    /** Offers files whose paths are understood by {@code paths}. */
    public ClientFiles(HostPaths paths) {
        this.paths = Objects.requireNonNull(paths);
    }

    /** The service to offer. */
    public ServerServiceDefinition service() {
        MethodDescriptor<Packet, Message> diffCopy = MethodDescriptor.<Packet, Message>newBuilder()
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "DiffCopy"))
                .setRequestMarshaller(ProtoUtils.marshaller(Packet.getDefaultInstance()))
                .setResponseMarshaller(new AnyMessageMarshaller())
                .build();
        return ServerServiceDefinition.builder(ServiceDescriptor.newBuilder(SERVICE)
                        .addMethod(diffCopy)
                        .build())
                .addMethod(diffCopy, ServedStream.handler(PATIENCE, this::answer))
                .build();
    }

    private void answer(MessageStream<Packet, Message> stream, Metadata headers)
            throws IOException, InterruptedException {
        ImportOptions options = ImportOptions.fromMetadata(headers);
        Path path = paths.absolute(options.path());
        if (options.getAbsPathOnly()) {
            stream.write(Stat.newBuilder().setPath(path.toString()).build());
        } else if (options.statPathOnly()) {
            stream.write(stat(path, options));
        } else if (options.readSingleFileOnly()) {
            stream.write(readFile(path, options.maxFileSize()));
        } else {
            sendTree(stream, path, options);
        }
    }

    private static Stat stat(Path path, ImportOptions options) throws IOException {
        Path node = options.statResolvePath() ? resolve(path) : path;
        String name = options.statReturnAbsPath() || node.getFileName() == null
                ? node.toString()
                : node.getFileName().toString();
        try {
            DiskNode found = DiskNode.read(node);
            String target = found.type() == EntryType.SYMLINK
                    ? Files.readSymbolicLink(node).toString()
                    : "";
            if (!Names.isReadable(target)) {
                throw Names.unreadable(node.toString());
            }
            return StatCodec.toStat(found.toEntry(name, target));
        } catch (NoSuchFileException e) {
            throw new HostException(Reason.NOT_FOUND, "stat path: lstat " + node + ": no such file or directory", e);
        }
    }

    private static Path resolve(Path path) throws IOException {
        try {
            return path.toRealPath();
        } catch (NoSuchFileException e) {
            throw new HostException(
                    Reason.NOT_FOUND,
                    "get full root path: eval symlinks: lstat " + path + ": no such file or directory",
                    e);
        }
    }

    private static BytesMessage readFile(Path path, long limit) throws IOException {
        int max = limit <= 0 ? ImportOptions.MAX_CHUNK : (int) Math.min(limit, ImportOptions.MAX_CHUNK);
        if (Files.isDirectory(path)) {
            throw new HostException(Reason.PROTOCOL, path + " is a directory, not a file");
        }
        if (!Files.isRegularFile(path)) {
            throw new HostException(Reason.PROTOCOL, path + " is a device, a named pipe or a socket, not a file");
        }
        try (InputStream in = Files.newInputStream(path)) {
            byte[] content = in.readNBytes(max + 1);
            if (content.length > max) {
                throw new HostException(
                        Reason.TOO_LARGE, path + " is larger than the " + max + " bytes that may be read");
            }
            return BytesMessage.newBuilder()
                    .setData(ByteString.copyFrom(content))
                    .build();
        }
    }

    private static void sendTree(MessageStream<Packet, Message> stream, Path path, ImportOptions options)
            throws IOException, InterruptedException {
        var _ = new TreeSender(new PacketsOnly(stream), DiskTree.of(path, options)).send();
    }

    /** Narrows a stream that may carry any answer to the packets of a tree. */
    private record PacketsOnly(MessageStream<Packet, Message> stream) implements MessageStream<Packet, Packet> {
        @Override
        public Optional<Packet> read() throws IOException, InterruptedException {
            return stream.read();
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

    /** Writes whatever message the call is answered with; the server never reads with it. */
    private static final class AnyMessageMarshaller implements MethodDescriptor.Marshaller<Message> {
        private static final MethodDescriptor.Marshaller<Packet> PACKETS =
                ProtoUtils.marshaller(Packet.getDefaultInstance());

        @Override
        public InputStream stream(Message value) {
            return value instanceof Packet packet
                    ? PACKETS.stream(packet)
                    : value.toByteString().newInput();
        }

        @Override
        public Message parse(InputStream stream) {
            throw new UnsupportedOperationException("answers are only written here");
        }
    }
}
