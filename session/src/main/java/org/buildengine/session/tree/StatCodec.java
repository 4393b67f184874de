package org.buildengine.session.tree;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.util.HashMap;
import java.util.Map;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.wire.fsutil.Packet;
import org.buildengine.session.wire.fsutil.Packet.PacketType;
import org.buildengine.session.wire.fsutil.Stat;

/** Converts between {@link TreeEntry} and the wire's messages. */
public final class StatCodec {
    private StatCodec() {}

    /** The message that announces an entry. */
    public static Stat toStat(TreeEntry entry) {
        Stat.Builder stat = Stat.newBuilder()
                .setPath(entry.path())
                .setMode(GoFileMode.of(entry.type(), entry.mode()))
                .setUid(entry.uid())
                .setGid(entry.gid())
                .setSize(entry.size())
                .setModTime(entry.mtimeNanos())
                .setLinkname(entry.type() == EntryType.SYMLINK ? entry.linkTarget() : entry.hardLinkOf())
                .setDevmajor(entry.deviceMajor())
                .setDevminor(entry.deviceMinor())
                .setGitIgnored(entry.gitIgnored());
        entry.xattrs().forEach((name, value) -> stat.putXattrs(name, ByteString.copyFrom(value)));
        return stat.build();
    }

    /** The entry that a message announces, its path as sent. */
    public static TreeEntry toEntry(Stat stat) throws HostException {
        EntryType type;
        try {
            type = GoFileMode.type(stat.getMode());
        } catch (IllegalArgumentException e) {
            throw new HostException(Reason.PROTOCOL, "\"" + stat.getPath() + "\": " + e.getMessage(), e);
        }
        if (stat.getSize() < 0) {
            throw new HostException(Reason.PROTOCOL, "\"" + stat.getPath() + "\" has a negative size");
        }
        Map<String, byte[]> xattrs = new HashMap<>();
        stat.getXattrsMap().forEach((name, value) -> xattrs.put(name, value.toByteArray()));
        boolean sized = type == EntryType.FILE || type == EntryType.SYMLINK;
        return new TreeEntry(
                stat.getPath(),
                type,
                GoFileMode.permissions(stat.getMode()),
                stat.getUid(),
                stat.getGid(),
                sized ? stat.getSize() : 0,
                stat.getModTime(),
                type == EntryType.SYMLINK ? stat.getLinkname() : "",
                type == EntryType.FILE ? stat.getLinkname() : "",
                stat.getDevmajor(),
                stat.getDevminor(),
                xattrs,
                stat.getGitIgnored());
    }

    static Packet entry(TreeEntry entry) {
        return Packet.newBuilder()
                .setType(PacketType.PACKET_STAT)
                .setStat(toStat(entry))
                .build();
    }

    static Packet endOfListing() {
        return Packet.getDefaultInstance();
    }

    static Packet request(int id) {
        return Packet.newBuilder().setType(PacketType.PACKET_REQ).setID(id).build();
    }

    /** The bytes are not copied: the caller must not change them afterwards. */
    static Packet data(int id, byte[] bytes, int length) {
        ByteString content = UnsafeByteOperations.unsafeWrap(bytes, 0, length);
        return Packet.newBuilder()
                .setType(PacketType.PACKET_DATA)
                .setID(id)
                .setData(content)
                .build();
    }

    static Packet endOfFile(int id) {
        return Packet.newBuilder().setType(PacketType.PACKET_DATA).setID(id).build();
    }

    static Packet fin() {
        return Packet.newBuilder().setType(PacketType.PACKET_FIN).build();
    }

    static Packet error(String text) {
        return Packet.newBuilder()
                .setType(PacketType.PACKET_ERR)
                .setData(ByteString.copyFromUtf8(text))
                .build();
    }
}
