package org.buildengine.session.tree;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import org.buildengine.session.wire.fsutil.Packet;

/** A sender that sends any packets: the receiver ends, by its own errors only, and what it took is a tree. */
class TreeReceiverFuzzTest {
    @FuzzTest
    void anyPacketsAreTakenOrRefused(byte[] packets) throws InterruptedException {
        var tree = new FuzzedTree<Packet, Packet>(Packet.parser(), packets);
        try {
            new TreeReceiver(tree, tree).receive();
        } catch (IOException expected) {
            return;
        }
        tree.complete();
    }
}
