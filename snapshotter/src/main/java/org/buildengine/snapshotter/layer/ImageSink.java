package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.erofs.ErofsFile;
import org.buildengine.snapshotter.erofs.ErofsWriter;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.NodeTable;

/** Writes a layer as one image. */
final class ImageSink implements LayerSink {
    private final FileChannel channel;
    private final ErofsWriter image;
    private final byte[] identity;

    ImageSink(Path directory, LayerId id, Room room) throws IOException {
        this.channel = DiskWrites.create(directory.resolve(LayerCatalog.IMAGE), room);
        this.image = new ErofsWriter(channel, room);
        this.identity = Arrays.copyOf(Digest.of(id.value()).toBytes(), 16);
    }

    @Override
    public SinkFile file(Attributes attributes, long size) throws IOException {
        ErofsFile file = image.file(attributes, size);
        return new SinkFile() {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                file.write(bytes, offset, length);
            }

            @Override
            public Place finish() throws IOException {
                ErofsWriter.Place place = file.finish();
                return new Place(place.data(), place.tail(), place.inode());
            }

            @Override
            public void close() {
                // holds nothing but memory
            }
        };
    }

    @Override
    public InputStream open(NodeTable table, int node) throws IOException {
        return image.open(table.data(node), table.tail(node), table.size(node));
    }

    @Override
    public void finish(DraftTree draft) throws IOException {
        image.finish(draft, identity);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
