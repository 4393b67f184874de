package org.buildengine.client;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import org.buildengine.session.ClientVersion;

/**
 * What an engine says of itself when it is asked for {@code moby.buildkit.v1.Control/Info}.
 *
 * @param product what kind of daemon it is; Dagger's engine and ours say {@value #PRODUCT}, BuildKit says something else
 * @param version the version of the API that it serves
 * @param name its name, for people
 * @param ownVersion our engine's own version; empty for Dagger's, which does not know the field
 */
record EngineInfo(String product, String version, String name, String ownVersion) {
    static final String PRODUCT = "github.com/dagger/dagger";

    private static final int VERSION_FIELD = 1;
    private static final int OWN_VERSION_FIELD = 1000;

    /** Reads an {@code InfoResponse}. By hand, because this is on the way to the first request of every command. */
    static EngineInfo parse(byte[] message) throws IOException {
        String[] version = {"", "", "", ""};
        String own = "";
        CodedInputStream in = CodedInputStream.newInstance(message);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case VERSION_FIELD -> version = texts(in.readByteArray());
                case OWN_VERSION_FIELD -> own = in.readStringRequireUtf8();
                default -> in.skipField(tag);
            }
        }
        return new EngineInfo(version[1], version[2], version[3], own);
    }

    /** The texts of the fields 1 to 3. */
    private static String[] texts(byte[] message) throws IOException {
        String[] texts = {"", "", "", ""};
        CodedInputStream in = CodedInputStream.newInstance(message);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            if (field < texts.length) {
                texts[field] = in.readStringRequireUtf8();
            } else {
                in.skipField(tag);
            }
        }
        return texts;
    }

    /**
     * Refuses an engine that a client of this version cannot work with. The oldest is the one that Dagger's own clients of
     * 0.19 and later take; another major version is another protocol.
     *
     * @throws IOException says who answers, what is needed, and what to do
     */
    void check(EngineAddress address, ClientVersion client) throws IOException {
        if (!product.equals(PRODUCT)) {
            throw new EngineUnavailableException(
                    address,
                    "a daemon answers there that is none: it calls itself \"" + product + "\"",
                    new IOException("package " + product));
        }
        ClientVersion served = ClientVersion.normalize(version, client);
        if (!served.isAccepted(client)) {
            throw new IOException(describe(address) + " is too old for this command, which needs "
                    + ClientVersion.MINIMUM + " or later: update the engine, or name another one in ENGINE_HOST");
        }
        if (served.major() > client.major()) {
            throw new IOException(describe(address) + " is too new for this command, which speaks " + client
                    + ": update this command, or name another engine in ENGINE_HOST");
        }
    }

    private String describe(EngineAddress address) {
        String kind = ownVersion.isEmpty() ? "" : "build-engine " + ownVersion + ", ";
        return "the engine at " + address + " (" + kind + "API " + (version.isEmpty() ? "unknown" : version) + ")";
    }
}
