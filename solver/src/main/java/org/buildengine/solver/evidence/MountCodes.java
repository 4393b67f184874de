package org.buildengine.solver.evidence;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import org.buildengine.solver.op.TreeMounts;
import org.buildengine.solver.op.TreeMounts.Mount;

/** Mounts as bytes on disk. */
final class MountCodes {
    private MountCodes() {}

    static void write(TreeMounts mounts, DataOutputStream out) throws IOException {
        Codes.writeCount(mounts.mounts().size(), out);
        for (Mount mount : mounts.mounts()) {
            write(mount.target(), out);
            Codes.writeCount(mount.input(), out);
            write(mount.source(), out);
        }
    }

    static TreeMounts read(DataInputStream in) throws IOException {
        var mounts = new ArrayList<Mount>();
        for (int left = Codes.readCount(in); left > 0; left--) {
            mounts.add(new Mount(path(in), Codes.readCount(in), path(in)));
        }
        return new TreeMounts(mounts);
    }

    /** Paths may be longer than all that can be mounted. */
    private static void write(String path, DataOutputStream out) throws IOException {
        byte[] bytes = path.getBytes(UTF_8);
        Codes.writeCount(bytes.length, out);
        out.write(bytes);
    }

    private static String path(DataInputStream in) throws IOException {
        return new String(in.readNBytes(Codes.readCount(in)), UTF_8);
    }
}
