package org.buildengine.session.tree;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import org.buildengine.session.wire.hosttree.TreeBatch;
import org.buildengine.session.wire.hosttree.TreeRequest;

/** A sender that sends any batches: the receiver ends, by its own errors only, and what it took is a tree. */
class BatchReceiverFuzzTest {
    @FuzzTest
    void anyBatchesAreTakenOrRefused(byte[] batches) throws InterruptedException {
        var tree = new FuzzedTree<TreeBatch, TreeRequest>(TreeBatch.parser(), batches);
        try {
            new BatchReceiver(tree, tree).receive();
        } catch (IOException expected) {
            return;
        }
        tree.complete();
    }
}
