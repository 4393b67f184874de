package org.buildengine.session.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.session.HostException;
import org.buildengine.session.wire.hosttree.TreeBatch;
import org.buildengine.session.wire.hosttree.TreeRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A receiver of batches against senders that keep and break the rules. */
class BatchReceiverTest {
    private final Script script = new Script();
    private final Map<String, Content> contents = new LinkedHashMap<>();
    private final List<String> accepted = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(strings = {"../up", "/etc/passwd", "a//b", "", "missing/child", "a\0b"})
    void pathsThatLeaveTheTreeAreRefused(String path) {
        script.say(listing(TreeEntry.file(path, 0644, 0, 0)));
        assertRefused("refused");
        assertThat(accepted).isEmpty();
    }

    @Test
    void entriesOutOfOrderAreRefusedWithinABatchAndAcrossTwo() {
        script.say(listing(TreeEntry.file("b", 0644, 0, 0), TreeEntry.file("a", 0644, 0, 0)));
        assertRefused("out of order");

        script.say(listing(TreeEntry.file("b", 0644, 0, 0)));
        script.say(listing(TreeEntry.file("b", 0644, 0, 0)));
        assertRefused("out of order");
    }

    @Test
    void contentsOfManyFilesAreCutApartWhereverTheBatchesAre() throws Exception {
        for (int cut = 1; cut < 9; cut++) {
            script.say(listing(
                    TreeEntry.file("a", 0644, 3, 0),
                    TreeEntry.file("b", 0644, 0, 0),
                    TreeEntry.file("c", 0644, 5, 0),
                    TreeEntry.file("d", 0644, 1, 0),
                    TreeEntry.file("e", 0644, 3, 0).asHardLinkOf("a")));
            script.say(TreeBatch.newBuilder().setListed(true).build());
            script.say(content("aaacccccd".substring(0, cut)));
            script.say(content("aaacccccd".substring(cut)));
            receive();
            assertThat(contents.get("a")).hasToString("aaa closed");
            assertThat(contents.get("b")).hasToString(" closed");
            assertThat(contents.get("c")).hasToString("ccccc closed");
            assertThat(contents.get("d")).hasToString("d closed");
            assertThat(accepted).endsWith("e");
            assertThat(script.requests).containsExactly(0, 2, 3);
            script.requests.clear();
        }
    }

    @Test
    void contentsThatNobodyAskedForAreRefused() {
        script.say(content("early"));
        assertRefused("more contents than were asked for");

        script.say(listing(TreeEntry.file("a", 0644, 3, 0)));
        script.say(content("aaa and more"));
        assertRefused("more contents than were asked for");

        // in one batch: the contents stand for files that were asked for before it
        script.say(listing(TreeEntry.file("a", 0644, 3, 0)).toBuilder()
                .setContents(ByteString.copyFromUtf8("aaa"))
                .build());
        assertRefused("more contents than were asked for");
    }

    @Test
    void aSenderThatStopsEarlyIsRefusedAndItsFileIsLeftIncomplete() {
        script.say(listing(TreeEntry.file("a", 0644, 3, 0)));
        script.say(TreeBatch.newBuilder().setListed(true).build());
        script.say(content("aa"));
        assertRefused("ended the stream before the tree was complete");
        assertThat(contents.get("a")).hasToString("aa closed");
    }

    @Test
    void theEndOfTheListingComesOnceAndNothingIsListedAfterIt() {
        script.say(listing(TreeEntry.file("a", 0644, 3, 0)).toBuilder()
                .setListed(true)
                .build());
        script.say(TreeBatch.newBuilder().setListed(true).build());
        assertRefused("ended its listing twice");

        script.say(listing(TreeEntry.file("a", 0644, 3, 0)).toBuilder()
                .setListed(true)
                .build());
        script.say(listing(TreeEntry.file("b", 0644, 3, 0)));
        assertRefused("announced \"b\" after the end of its listing");
    }

    @Test
    void batchesWithNothingInThemAreRefused() {
        script.say(TreeBatch.getDefaultInstance());
        assertRefused("a batch with nothing in it");
    }

    @Test
    void sizesThatLieAreRefused() {
        script.say(TreeBatch.newBuilder()
                .addEntries(StatCodec.toStat(TreeEntry.file("a", 0644, 3, 0)).toBuilder()
                        .setSize(-3))
                .build());
        assertRefused("\"a\" has a negative size");
    }

    @Test
    void requestsAreHeldBackUntilContentsCome() throws Exception {
        int count = 20_000;
        TreeBatch.Builder all = TreeBatch.newBuilder().setListed(true);
        for (int i = 0; i < count; i++) {
            all.addEntries(StatCodec.toStat(TreeEntry.file("f%06d".formatted(i), 0644, 1, 0)));
        }
        script.say(all.build());
        script.answerRequests = true;
        receive();
        assertThat(script.mostUnanswered).isEqualTo(8192);
        assertThat(contents)
                .hasSize(count)
                .allSatisfy((_, content) -> assertThat(content).hasToString("x closed"));
    }

    private static TreeBatch listing(TreeEntry... entries) {
        TreeBatch.Builder batch = TreeBatch.newBuilder();
        for (TreeEntry entry : entries) {
            batch.addEntries(StatCodec.toStat(entry));
        }
        return batch.build();
    }

    private static TreeBatch content(String text) {
        return TreeBatch.newBuilder().setContents(ByteString.copyFromUtf8(text)).build();
    }

    private void assertRefused(String text) {
        assertThatThrownBy(this::receive).isInstanceOf(HostException.class).hasMessageContaining(text);
        script.batches.clear();
    }

    private void receive() throws Exception {
        new BatchReceiver(script, new TreeSink() {
                    @Override
                    public boolean accept(TreeEntry entry) {
                        accepted.add(entry.path());
                        return true;
                    }

                    @Override
                    public OutputStream open(TreeEntry file) {
                        Content content = new Content();
                        contents.put(file.path(), content);
                        return content;
                    }
                })
                .receive();
    }

    /** What was written, and whether it was closed. */
    private static final class Content extends ByteArrayOutputStream {
        private boolean closed;

        @Override
        public void close() throws IOException {
            super.close();
            closed = true;
        }

        @Override
        public synchronized String toString() {
            return super.toString(StandardCharsets.UTF_8) + (closed ? " closed" : "");
        }
    }

    /** A sender that says what it was told, then answers requests with one byte each, some at a time. */
    private static final class Script implements MessageStream<TreeBatch, TreeRequest> {
        private static final int AT_A_TIME = 1000;

        private final Deque<TreeBatch> batches = new ArrayDeque<>();
        private final Deque<Integer> requests = new ArrayDeque<>();
        private boolean answerRequests;
        private int mostUnanswered;

        void say(TreeBatch batch) {
            batches.add(batch);
        }

        @Override
        public Optional<TreeBatch> read() {
            if (batches.isEmpty() && answerRequests && !requests.isEmpty()) {
                int answered = Math.min(AT_A_TIME, requests.size());
                for (int i = 0; i < answered; i++) {
                    requests.remove();
                }
                say(content("x".repeat(answered)));
            }
            return Optional.ofNullable(batches.poll());
        }

        @Override
        public void write(TreeRequest message) {
            writeNow(message);
        }

        @Override
        public void writeNow(TreeRequest message) {
            requests.addAll(message.getContentsList());
            mostUnanswered = Math.max(mostUnanswered, requests.size());
        }
    }
}
