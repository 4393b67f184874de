package org.buildengine.session.tree;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/**
 * The listing of a tree that arrives, whatever messages carry it: checks the entries, counts them, and hands to the sink
 * those that are not ignored. Used by one thread.
 */
final class IncomingListing {
    private static final int MAX_ENTRIES = 20_000_000;

    private final TreeSink sink;
    private final EntryOrder order = new EntryOrder();
    private final List<TreeEntry> hardLinks = new ArrayList<>();
    private final Set<String> ignoredFiles = new HashSet<>();
    private final Deque<TreeEntry> ignoredParents = new ArrayDeque<>();
    private int entries;
    private boolean ended;

    /** A listing for {@code sink}. */
    IncomingListing(TreeSink sink) {
        this.sink = sink;
    }

    /** Takes the next entry; gives the file whose content is wanted of it. Empty files are written at once. */
    Optional<IncomingFile> take(TreeEntry entry) throws IOException {
        if (ended) {
            throw new HostException(
                    Reason.PROTOCOL, "the sender announced \"" + entry.path() + "\" after the end of its listing");
        }
        if (entries == MAX_ENTRIES) {
            throw new HostException(Reason.TOO_LARGE, "the tree has more than " + MAX_ENTRIES + " entries");
        }
        int id = entries++;
        order.check(entry);
        if (entry.gitIgnored()) {
            remember(entry);
            return Optional.empty();
        }
        announceIgnoredParents(entry);
        if (entry.isHardLink() && !ignoredFiles.contains(entry.hardLinkOf())) {
            hardLinks.add(entry);
            return Optional.empty();
        }
        // The file that an ignored name stands for was not transferred, so this name carries the content.
        TreeEntry own = entry.isHardLink() ? entry.asHardLinkOf("") : entry;
        boolean content = sink.accept(own);
        if (own.type() != EntryType.FILE || !content) {
            return Optional.empty();
        }
        if (own.size() == 0) {
            sink.open(own).close();
            return Optional.empty();
        }
        return Optional.of(new IncomingFile(id, own, sink));
    }

    /** Says that no more entries come. */
    void end() {
        ended = true;
    }

    /** Whether no more entries come. */
    boolean ended() {
        return ended;
    }

    /** Hands over the hard links, when the contents of all files are in place. */
    void finish() throws IOException {
        for (TreeEntry link : hardLinks) {
            announce(link);
        }
    }

    private void remember(TreeEntry ignored) {
        if (ignored.type() == EntryType.DIRECTORY) {
            dropParentsNotAbove(ignored.path());
            ignoredParents.addLast(ignored);
        } else if (ignored.type() == EntryType.FILE) {
            ignoredFiles.add(ignored.path());
        }
    }

    /** A pattern may take a node back from below an ignored directory; the sink needs that directory first. */
    private void announceIgnoredParents(TreeEntry entry) throws IOException {
        if (ignoredParents.isEmpty()) {
            return;
        }
        dropParentsNotAbove(entry.path());
        while (!ignoredParents.isEmpty()) {
            announce(ignoredParents.removeFirst());
        }
    }

    /** Hands over an entry that has no content of its own, so the answer does not matter. */
    private void announce(TreeEntry entry) throws IOException {
        var _ = sink.accept(entry);
    }

    private void dropParentsNotAbove(String path) {
        while (!ignoredParents.isEmpty()
                && !path.startsWith(ignoredParents.getLast().path() + "/")) {
            ignoredParents.removeLast();
        }
    }
}
