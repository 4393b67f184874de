package org.buildengine.snapshotter.property;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.TreeRemoval;

/** What executions do to a tree, one after the other. What cannot be done is left out, as by a program that goes on. */
record Changes(List<List<Change>> steps) {
    private static final List<Kind> KINDS = List.of(Kind.values());

    /** What a change does. */
    enum Kind {
        WRITE,
        APPEND,
        EXTEND,
        MAKE_DIRECTORY,
        REMOVE,
        REPLACE,
        RENAME,
        ATTRIBUTES,
        MODE,
        DEFAULT_ACL,
        SYMLINK,
        HARDLINK,
        DEVICE,
        FIFO,
        SOCKET
    }

    /**
     * One change.
     *
     * @param other second path, or target of a link
     */
    record Change(Kind kind, String path, String other, Attributes attributes, int number) {
        private static Change of(Random random) {
            Kind kind = KINDS.get(random.nextInt(KINDS.size()));
            boolean file = kind == Kind.WRITE || kind == Kind.APPEND;
            return new Change(
                    kind, path(random), path(random), Archives.attributes(random, file, !file), Archives.size(random));
        }

        private static String path(Random random) {
            return Stream.generate(() -> Archives.name(random))
                    .limit(1 + random.nextInt(3))
                    .collect(Collectors.joining("/"));
        }

        void apply(Path root) throws IOException {
            try {
                apply(root + "/" + path, root);
            } catch (LinuxException impossible) {
                // the next change may be possible
            }
        }

        private void apply(String place, Path root) throws IOException {
            switch (kind) {
                case WRITE -> write(place);
                case APPEND -> append(place);
                case EXTEND -> extend(place);
                case MAKE_DIRECTORY -> {
                    LinuxFiles.makeDirectory(place, 0755);
                    attributes(place);
                }
                case REMOVE -> TreeRemoval.remove(place);
                case REPLACE -> {
                    TreeRemoval.remove(place);
                    LinuxFiles.makeDirectory(place, 0755);
                }
                case RENAME -> LinuxFiles.rename(place, root + "/" + other);
                case ATTRIBUTES -> attributes(place);
                case MODE -> {
                    if (LinuxFiles.status(place).type() != NodeType.SYMLINK) {
                        LinuxFiles.chmod(place, attributes.mode());
                    }
                }
                case DEFAULT_ACL ->
                    LinuxFiles.setXattr(place, Acl.DEFAULT, Acl.of(new Random(number), attributes.mode()));
                case SYMLINK -> LinuxFiles.makeSymlink(place, other);
                case HARDLINK -> LinuxFiles.link(root + "/" + other, place);
                case DEVICE -> LinuxFiles.makeNode(place, NodeType.CHAR_DEVICE, 0600, 1 + number % 300, number);
                case FIFO -> LinuxFiles.makeNode(place, NodeType.FIFO, 0640, 0, 0);
                case SOCKET -> LinuxFiles.makeNode(place, NodeType.SOCKET, 0600, 0, 0);
            }
        }

        private void write(String place) throws IOException {
            LinuxFiles.makeNode(place, NodeType.FILE, 0644, 0, 0);
            append(place);
            attributes(place);
        }

        private void append(String place) throws IOException {
            if (LinuxFiles.status(place).type() == NodeType.FILE) {
                byte[] content = new byte[number];
                new Random(number).nextBytes(content);
                try (var file = org.buildengine.snapshotter.linux.Descriptor.file(place)) {
                    Files.write(file.path(), content, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
                }
            }
        }

        /** Makes a file longer by a hole, and by a byte behind it. */
        private void extend(String place) throws IOException {
            if (LinuxFiles.status(place).type() == NodeType.FILE) {
                try (var file = org.buildengine.snapshotter.linux.Descriptor.file(place);
                        var channel = FileChannel.open(file.path(), StandardOpenOption.WRITE)) {
                    channel.write(ByteBuffer.wrap(new byte[] {1}), channel.size() + 50L * number);
                }
            }
        }

        private void attributes(String place) throws IOException {
            NodeType type = LinuxFiles.status(place).type();
            LinuxFiles.chown(place, attributes.uid(), attributes.gid());
            if (type != NodeType.SYMLINK) {
                LinuxFiles.chmod(place, attributes.mode());
            }
            for (var xattr : attributes.xattrs().entrySet()) {
                LinuxFiles.setXattr(place, xattr.getKey(), xattr.getValue());
            }
            LinuxFiles.setMtime(place, attributes.mtimeNanos());
        }
    }

    static Changes of(Random random) {
        var steps = new ArrayList<List<Change>>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            steps.add(step(random));
        }
        return new Changes(steps);
    }

    static List<Change> step(Random random) {
        return Stream.generate(() -> Change.of(random))
                .limit(1 + random.nextInt(25))
                .toList();
    }

    Stream<Changes> smaller() {
        return Stream.concat(Property.shorter(steps), Property.simpler(steps, Property::shorter))
                .map(Changes::new);
    }

    @Override
    public String toString() {
        return steps.stream()
                .map(step ->
                        "  step\n" + step.stream().map(each -> "    " + each).collect(Collectors.joining("\n")))
                .collect(Collectors.joining("\n"));
    }
}
