package org.buildengine.session.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.buildengine.session.HostException;
import org.buildengine.session.wire.fsutil.Packet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A receiver against senders that break the rules. */
class TreeReceiverTest {
    private final Script script = new Script();
    private final List<String> accepted = new ArrayList<>();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    @ParameterizedTest
    @ValueSource(strings = {"../up", "/etc/passwd", "a/../b", "a//b", "./a", "a/", "", "missing/child", "a\0b"})
    void pathsThatLeaveTheTreeAreRefused(String path) {
        script.say(StatCodec.entry(TreeEntry.file(path, 0644, 0, 0)));
        assertRefused("refused");
        assertThat(accepted).isEmpty();
    }

    @Test
    void namesBeyondTheLimitAreRefused() {
        script.say(StatCodec.entry(TreeEntry.file("n".repeat(256), 0644, 0, 0)));
        assertRefused("longer than 255 bytes");
    }

    @Test
    void entriesOutOfOrderAndTwiceAreRefused() {
        for (String second : List.of("a", "b")) {
            script.say(StatCodec.entry(TreeEntry.file("b", 0644, 0, 0)));
            script.say(StatCodec.entry(TreeEntry.file(second, 0644, 0, 0)));
            assertRefused("out of order");
            script.clear();
        }
    }

    @Test
    void slashSortsBeforeEveryOtherCharacter() throws Exception {
        script.say(StatCodec.entry(TreeEntry.directory("sub", 0755, 0)));
        script.say(StatCodec.entry(TreeEntry.file("sub/z", 0644, 0, 0)));
        script.say(StatCodec.entry(TreeEntry.file("sub!", 0644, 0, 0)));
        script.say(StatCodec.endOfListing());
        receive();
        assertThat(accepted).containsExactly("sub", "sub/z", "sub!");
    }

    @Test
    void nothingGoesThroughALinkThatWasSent() {
        script.say(StatCodec.entry(TreeEntry.symlink("dir", "/etc", 0)));
        script.say(StatCodec.entry(TreeEntry.file("dir/passwd", 0644, 0, 0)));
        assertRefused("parent is not a directory");
    }

    @Test
    void hardLinksToWhatWasNotSentAreRefused() {
        script.say(StatCodec.entry(TreeEntry.file("a", 0644, 3, 0).asHardLinkOf("../secret")));
        assertRefused("which was not sent");
    }

    @Test
    void contentsNobodyAskedForAreRefused() {
        script.say(StatCodec.data(5, new byte[10], 10));
        assertRefused("not asked for");
    }

    @Test
    void moreAndFewerBytesThanAnnouncedNameTheFile() {
        for (int length : List.of(2, 4)) {
            script.say(StatCodec.entry(TreeEntry.file("file", 0644, 3, 0)));
            script.say(StatCodec.endOfListing());
            script.say(StatCodec.data(0, new byte[length], length));
            script.say(StatCodec.endOfFile(0));
            assertRefused("\"file\" changed while it was read");
            script.clear();
        }
    }

    @Test
    void errorsAndEarlyEndsOfTheSenderAreToldOn() {
        script.say(StatCodec.error("cannot read x"));
        assertRefused("cannot read x");
        script.clear();
        script.say(StatCodec.entry(TreeEntry.file("file", 0644, 3, 0)));
        assertRefused("before the tree was complete");
    }

    @Test
    void requestsAreBoundedAndHardLinksComeLast() throws Exception {
        int count = 100;
        for (int i = 0; i < count; i++) {
            script.say(StatCodec.entry(TreeEntry.file("f%03d".formatted(i), 0644, 1, 0)));
        }
        script.say(StatCodec.entry(TreeEntry.file("g", 0644, 1, 0).asHardLinkOf("f000")));
        script.say(StatCodec.endOfListing());
        script.answerRequests = true;
        receive();
        assertThat(script.mostUnanswered).isEqualTo(16);
        assertThat(content.size()).isEqualTo(count);
        assertThat(accepted).hasSize(count + 1).last().isEqualTo("g");
    }

    private void assertRefused(String text) {
        assertThatThrownBy(this::receive).isInstanceOf(HostException.class).hasMessageContaining(text);
    }

    private void receive() throws Exception {
        new TreeReceiver(script, new TreeSink() {
                    @Override
                    public boolean accept(TreeEntry entry) {
                        accepted.add(entry.path());
                        return true;
                    }

                    @Override
                    public OutputStream open(TreeEntry file) {
                        return content;
                    }
                })
                .receive();
    }

    /** A sender that says what it was told, then answers requests with one byte, the newest first. */
    private static final class Script implements MessageStream<Packet, Packet> {
        private final Deque<Packet> packets = new ArrayDeque<>();
        private final Deque<Integer> requests = new ArrayDeque<>();
        private boolean answerRequests;
        private int mostUnanswered;

        void say(Packet packet) {
            packets.add(packet);
        }

        void clear() {
            packets.clear();
            requests.clear();
        }

        @Override
        public Optional<Packet> read() {
            if (packets.isEmpty() && answerRequests && !requests.isEmpty()) {
                int id = requests.removeLast();
                say(StatCodec.data(id, new byte[1], 1));
                say(StatCodec.endOfFile(id));
            }
            return Optional.ofNullable(packets.poll());
        }

        @Override
        public void write(Packet message) {
            writeNow(message);
        }

        @Override
        public void writeNow(Packet message) {
            requests.add(message.getID());
            mostUnanswered = Math.max(mostUnanswered, requests.size());
        }
    }
}
