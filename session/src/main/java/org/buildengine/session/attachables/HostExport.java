package org.buildengine.session.attachables;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.tree.CallStream;
import org.buildengine.session.tree.ExportOptions;
import org.buildengine.session.tree.TreeSender;
import org.buildengine.session.tree.TreeSource;
import org.buildengine.session.wire.filesync.BytesMessage;
import org.buildengine.session.wire.filesync.FileSendGrpc;
import org.buildengine.session.wire.fsutil.Packet;

/** Writes files to a client's host. May be used by any thread; each call blocks its caller until the client has written. */
public final class HostExport {
    private static final String METHOD = "/moby.filesync.v1.FileSend/DiffCopy";

    /** Bytes of a file in one message. Several messages wait for a slow client, so they must not be as big as they may. */
    private static final int CHUNK = 256 * 1024;

    /** How long a client may take to end the call after it said that it has everything. */
    private static final Duration ENDING = Duration.ofSeconds(10);

    private final Attachables client;

    /** Writes to the host of the given client. */
    public HostExport(Attachables client) {
        this.client = Objects.requireNonNull(client);
    }

    /** What happens to what is at the destination already. */
    public enum Existing {
        /** It stays unless something of the same path is written. */
        MERGE,
        /** It is deleted unless it is written again. */
        WIPE
    }

    /**
     * Writes a tree.
     *
     * @param path directory on the client's host; relative ones belong to its working directory
     * @param removePaths what to delete below it before; a trailing slash deletes a directory with its contents
     * @throws HostException if the client could not write it, with its text; part of the tree may be there then
     */
    public void exportDirectory(TreeSource source, String path, Existing existing, List<String> removePaths)
            throws IOException, InterruptedException {
        client.require(METHOD, "write to " + path);
        ExportOptions options = ExportOptions.directory(path, existing == Existing.MERGE, removePaths);
        MethodDescriptor<Packet, Packet> method = FileSendGrpc.getDiffCopyMethod().toBuilder(
                        ProtoUtils.marshaller(Packet.getDefaultInstance()),
                        ProtoUtils.marshaller(Packet.getDefaultInstance()))
                .build();
        try (var stream = CallStream.start(client.channel(), method, options.toMetadata(), Attachables.PATIENCE)) {
            TreeSender.End end = new TreeSender(stream, source).send();
            if (end != TreeSender.End.FINISHED) {
                throw new HostException(
                        Reason.PROTOCOL, "the client stopped before " + path + " was written completely");
            }
            stream.halfClose();
            stream.finish(ENDING);
        }
    }

    /**
     * Writes one file from a stream of any length.
     *
     * @param path file, or directory if {@code allowParentDirectory}
     * @param originalName name of the file in that directory
     * @param mode POSIX permissions
     */
    public void exportFile(
            InputStream content, String path, String originalName, boolean allowParentDirectory, int mode)
            throws IOException, InterruptedException {
        client.require(METHOD, "write " + path);
        ExportOptions options = ExportOptions.file(path, originalName, allowParentDirectory, mode);
        try (var stream = CallStream.start(
                client.channel(), FileSendGrpc.getDiffCopyMethod(), options.toMetadata(), Attachables.PATIENCE)) {
            byte[] chunk = content.readNBytes(CHUNK);
            while (chunk.length > 0) {
                stream.write(BytesMessage.newBuilder()
                        .setData(UnsafeByteOperations.unsafeWrap(chunk))
                        .build());
                chunk = content.readNBytes(CHUNK);
            }
            stream.halfClose();
            stream.finish(Attachables.PATIENCE);
        }
    }
}
