package org.buildengine.server.core.host;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.session.tree.EntryType;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.session.tree.TreeSink;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.SealedLayer;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.Tree;

/**
 * Takes the listing of a client's directory and asks for the content of what is not known from the upload before. Used by
 * one thread.
 *
 * <p>Three trees are gone through in step: the listing, the <em>earlier</em> upload, and its <em>base</em>, the lowest layer
 * of that. A file with the type, mode, size and time that it had earlier is not asked for, unless it was so young then that
 * it may have changed within one tick of its clock. What is not in the base as it is listed goes into one new layer over it:
 * from the client what changed now, from the earlier upload what changed between the base and it. Names of the base that
 * are not listed are hidden there. So a snapshot has two layers at most, and equals what a whole upload would have made.
 *
 * <p>Nothing of a file's content is believed of the client: a hit shows what was uploaded under that name before.
 */
final class UploadSink implements TreeSink {
    /** The layer over the base is worn when it has this part of all files. */
    private static final int WORN_PART = 4;

    private final EarlierUpload upload;
    private final Tree earlier;
    private final Tree base;

    /** Whether the earlier upload is its own base. */
    private final boolean same;

    private final TreePart part;
    private final LayerWriter writer;
    private final EntryWriter entries;
    private final FirstNames earlierNames;
    private final FirstNames baseNames;
    private final Deque<OpenDirectory> open = new ArrayDeque<>();

    /** What has no content and stands in the base as it is listed. */
    private final Map<String, TreeEntry> kept = new HashMap<>();

    private final Set<String> requested = new HashSet<>();
    private final Set<String> copied = new LinkedHashSet<>();
    private final List<HardLink> hardLinks = new ArrayList<>();

    /** Names of the earlier upload that were not listed; a hard link may still bring them. */
    private final Set<String> gone = new HashSet<>();

    /** Names of the base that were not listed, likewise. */
    private final Set<String> hidden = new LinkedHashSet<>();

    private int keptFiles;
    private int writtenOthers;
    private boolean changed;

    private record OpenDirectory(String path, Siblings earlier, Siblings base) {}

    private record HardLink(String path, String first) {}

    /**
     * An upload after {@code upload}.
     *
     * @param writer takes what is new; the caller closes it
     * @param part what of the listed tree is wanted
     */
    UploadSink(EarlierUpload upload, Snapshotter snapshotter, LayerWriter writer, TreePart part) throws IOException {
        this.upload = upload;
        this.earlier = snapshotter.tree(upload.snapshot());
        this.same = upload.base().equals(upload.snapshot());
        this.base = same ? earlier : snapshotter.tree(upload.base());
        this.part = part;
        this.writer = writer;
        this.entries = new EntryWriter(writer);
        this.changed = upload.equals(EarlierUpload.NONE);
        this.earlierNames = new FirstNames(earlier);
        this.baseNames = same ? earlierNames : new FirstNames(base);
        enter("", earlier.find(""), base.find(""));
    }

    @Override
    public boolean accept(TreeEntry entry) throws IOException {
        Optional<String> inside = part.inside(entry.path());
        if (inside.isEmpty()) {
            return false;
        }
        String path = inside.get();
        if (entry.isHardLink()) {
            hardLinks.add(new HardLink(path, first(entry)));
            return false;
        }
        OpenDirectory parent = parentOf(path);
        String name = path.substring(path.lastIndexOf('/') + 1);
        Optional<Node> was = parent.earlier.named(name, this::missing);
        Optional<Node> below = same ? was : parent.base.named(name, node -> hidden.add(node.path()));
        if (entry.type() == EntryType.DIRECTORY) {
            enter(path, was, below);
        }
        return entry.type() == EntryType.FILE ? file(path, entry, was, below) : other(path, entry, was, below);
    }

    private String first(TreeEntry link) throws IOException {
        return part.inside(link.hardLinkOf())
                .orElseThrow(() -> new IOException("the client sent " + link.path() + " as a link to "
                        + link.hardLinkOf() + ", which was not asked for"));
    }

    private void enter(String path, Optional<Node> was, Optional<Node> below) throws IOException {
        open.push(new OpenDirectory(path, Siblings.in(earlier, was), same ? Siblings.NONE : Siblings.in(base, below)));
    }

    /** Leaves the directories that the listing has left. */
    private OpenDirectory parentOf(String path) {
        String parent = path.substring(0, Math.max(0, path.lastIndexOf('/')));
        while (!open.element().path.equals(parent)) {
            leave();
        }
        return open.element();
    }

    private void leave() {
        OpenDirectory directory = open.pop();
        directory.earlier.rest(this::missing);
        directory.base.rest(node -> hidden.add(node.path()));
    }

    private void missing(Node node) {
        gone.add(node.path());
        if (same) {
            hidden.add(node.path());
        }
    }

    private boolean file(String path, TreeEntry entry, Optional<Node> was, Optional<Node> below) throws IOException {
        if (was.isEmpty() || !describes(entry, was.get()) || !upload.settled(entry.mtimeNanos())) {
            changed = true;
            requested.add(path);
            writeParents(path);
            return true;
        }
        boolean sameNames = earlierNames.claim(was.get());
        changed |= !sameNames;
        boolean stands = same ? sameNames : was.equals(below) && baseNames.claim(below.get());
        if (stands) {
            keptFiles++;
        } else {
            copied.add(path);
        }
        return false;
    }

    private boolean other(String path, TreeEntry entry, Optional<Node> was, Optional<Node> below) throws IOException {
        changed |= was.isEmpty() || !describes(entry, was.get());
        if (below.isPresent() && describes(entry, below.get())) {
            kept.put(path, entry);
        } else {
            writeParents(path);
            entries.write(path, entry);
            writtenOthers++;
        }
        return false;
    }

    /** Whether a node is what is listed, as far as can be seen without content. */
    private static boolean describes(TreeEntry entry, Node node) {
        if (node.type() != EntryWriter.type(entry) || node.attributes().mtimeNanos() != entry.mtimeNanos()) {
            return false;
        }
        if (node.isSymlink()) {
            return node.linkTarget().equals(Optional.of(entry.linkTarget()));
        }
        return node.attributes().mode() == entry.mode()
                && (node.type() != NodeType.FILE || node.size() == entry.size())
                && node.deviceMajor() == entry.deviceMajor()
                && node.deviceMinor() == entry.deviceMinor();
    }

    /** A layer gives its directories their attributes, so those above something new are written with it. */
    private void writeParents(String path) throws IOException {
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            String parent = path.substring(0, slash);
            TreeEntry directory = kept.remove(parent);
            if (directory != null) {
                entries.write(parent, directory);
                writtenOthers++;
            }
        }
    }

    @Override
    public OutputStream open(TreeEntry file) throws IOException {
        return entries.file(part.inside(file.path()).orElseThrow(), file);
    }

    /**
     * Ends the upload, when all that was asked for has come.
     *
     * @param scannedNanos when the client was asked for its listing
     * @return what there is now: the earlier upload itself if nothing is different
     */
    EarlierUpload finish(long scannedNanos, Snapshotter snapshotter) throws IOException {
        while (!open.isEmpty()) {
            leave();
        }
        List<HardLink> newLinks = newLinks();
        if (!changed && gone.isEmpty()) {
            return upload;
        }
        Snapshot snapshot = write(newLinks);
        int above = requested.size() + copied.size();
        return new EarlierUpload(
                snapshot,
                snapshotter.tree(snapshot).digest("", PathFilter.ALL),
                scannedNanos,
                snapshot.layers().size() > 1 && above > keptFiles / (WORN_PART - 1));
    }

    /** Sorts out which hard links the base has already. All names of a file are in one layer, or they would be several. */
    private List<HardLink> newLinks() {
        Map<String, List<HardLink>> byFirst = new HashMap<>();
        for (HardLink link : hardLinks) {
            changed |= !earlierNames.linked(link.path, link.first);
            gone.remove(link.path);
            hidden.remove(link.path);
            byFirst.computeIfAbsent(link.first, _ -> new ArrayList<>()).add(link);
        }
        List<HardLink> wanted = new ArrayList<>();
        byFirst.forEach((first, links) -> {
            if (links.stream().allMatch(link -> baseNames.linked(link.path, first))) {
                return;
            }
            wanted.addAll(links);
            if (!requested.contains(first) && copied.add(first)) {
                keptFiles--;
            }
        });
        return wanted;
    }

    private Snapshot write(List<HardLink> newLinks) throws IOException {
        for (String path : copied) {
            writeParents(path);
            Node file = earlier.find(path)
                    .orElseThrow(() -> new IOException("the upload before has lost its file " + path));
            writer.copy(path, file.attributes(), earlier, file);
        }
        for (HardLink link : newLinks) {
            writeParents(link.path);
            writer.hardlink(link.path, link.first);
        }
        if (keptFiles == 0) {
            // nothing worth a second layer is left of the base
            for (var entry : kept.entrySet()) {
                entries.write(entry.getKey(), entry.getValue());
            }
            return seal(Snapshot.EMPTY);
        }
        for (String path : hidden) {
            writeParents(path);
            writer.whiteout(path);
        }
        boolean nothing = requested.isEmpty() && copied.isEmpty() && newLinks.isEmpty() && hidden.isEmpty();
        return nothing && writtenOthers == 0 ? base.snapshot() : seal(base.snapshot());
    }

    private Snapshot seal(Snapshot below) throws IOException {
        SealedLayer layer = writer.seal();
        return layer.on(below);
    }
}
