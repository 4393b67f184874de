package org.buildengine.session.tree;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Parser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Both neighbours of a receiver in fuzz tests: the messages that any bytes stand for, each behind its length, and a sink
 * that wants everything and takes only what a sender may say.
 */
final class FuzzedTree<I, O> implements MessageStream<I, O>, TreeSink {
    private final Parser<I> messages;
    private final ByteArrayInputStream in;
    private final int bytes;
    private final Map<String, TreeEntry> entries = new HashMap<>();
    private final Set<String> finished = new HashSet<>();
    private long content;

    FuzzedTree(Parser<I> messages, byte[] bytes) {
        this.messages = messages;
        this.in = new ByteArrayInputStream(bytes);
        this.bytes = bytes.length;
    }

    @Override
    public Optional<I> read() throws IOException {
        return Optional.ofNullable(messages.parseDelimitedFrom(in));
    }

    @Override
    public void write(O message) {
        throw new AssertionError("waits for a sender that may wait itself");
    }

    @Override
    public void writeNow(O message) {
        // Requests have no answer of their own: what comes is written already.
    }

    @Override
    public boolean accept(TreeEntry entry) throws IOException {
        String path = entry.path();
        List<String> names = List.of(path.split("/", -1));
        assertThat(names).as(path).doesNotContain("", ".", "..").noneMatch(name -> name.indexOf('\0') >= 0);
        if (names.size() > 1) {
            TreeEntry parent = entries.get(path.substring(0, path.lastIndexOf('/')));
            assertThat(parent).as("what is above " + path).isNotNull();
            assertThat(parent.type()).isEqualTo(EntryType.DIRECTORY);
        }
        if (entry.isHardLink()) {
            assertThat(finished).as("what " + path + " is a link to").contains(entry.hardLinkOf());
        }
        assertThat(entries.put(path, entry)).as(path + " before").isNull();
        assertThat(entries.size()).as("entries").isLessThanOrEqualTo(bytes);
        var stat = StatCodec.toStat(entry);
        assertThat(StatCodec.toStat(StatCodec.toEntry(stat))).isEqualTo(stat);
        return true;
    }

    @Override
    public OutputStream open(TreeEntry file) {
        return new OutputStream() {
            private long written;

            @Override
            public void write(int one) {
                write(new byte[1], 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) {
                written += length;
                content += length;
                assertThat(written).as(file.path()).isLessThanOrEqualTo(file.size());
                assertThat(content).as("content").isLessThanOrEqualTo(bytes);
            }

            @Override
            public void close() {
                if (written == file.size()) {
                    finished.add(file.path());
                }
            }
        };
    }

    /** What must hold when the receiver says that the tree is complete. */
    void complete() {
        for (TreeEntry entry : entries.values()) {
            if (entry.type() == EntryType.FILE && !entry.isHardLink()) {
                assertThat(finished).as("files with their contents").contains(entry.path());
            }
        }
    }
}
