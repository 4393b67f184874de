package org.buildengine.solver.op;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.buildengine.snapshotter.Digest;

/** One edit of a {@link FileOp}. An {@code owner} is {@code uid[:gid]} or names of the tree's passwd and group files. */
public sealed interface FileAction {
    void encode(KeyEncoder into);

    String describe();

    /** Makes a directory and its parents. */
    record MakeDirectory(String path, int mode, Optional<String> owner) implements FileAction {
        @Override
        public void encode(KeyEncoder into) {
            into.text("mkdir").text(path).number(mode).text(owner.orElse(""));
        }

        @Override
        public String describe() {
            return "mkdir " + path;
        }
    }

    /** Writes a file. */
    record WriteFile(String path, String content, int mode, Optional<String> owner) implements FileAction {
        @Override
        public void encode(KeyEncoder into) {
            into.text("mkfile")
                    .text(path)
                    .digest(Digest.of(content))
                    .number(mode)
                    .text(owner.orElse(""));
        }

        @Override
        public String describe() {
            return "write " + path;
        }
    }

    /** Makes a symbolic link. */
    record Symlink(String target, String path) implements FileAction {
        @Override
        public void encode(KeyEncoder into) {
            into.text("symlink").text(target).text(path);
        }

        @Override
        public String describe() {
            return "link " + path;
        }
    }

    /**
     * Copies from another input.
     *
     * @param input index of the input that is copied from
     * @param source path within it
     * @param destination a directory is merged into it; a file is placed there, or inside it under its own name if it
     *     ends in a slash or is an existing directory
     * @param include Docker-ignore patterns of what is copied of a directory; empty means everything
     * @param exclude Docker-ignore patterns of what is left out
     * @param gitignore whether the {@code .gitignore} files of the source apply too
     * @param mode permission bits given to every file and directory copied
     * @param kind what the source has to be
     */
    record Copy(
            int input,
            String source,
            String destination,
            List<String> include,
            List<String> exclude,
            boolean gitignore,
            Optional<String> owner,
            OptionalInt mode,
            Kind kind)
            implements FileAction {
        /** What is copied. */
        public enum Kind {
            /** Anything but a directory. */
            FILE,
            DIRECTORY,
            /** Whichever it turns out to be. */
            ANY
        }

        public Copy {
            include = List.copyOf(include);
            exclude = List.copyOf(exclude);
        }

        @Override
        public void encode(KeyEncoder into) {
            into.text("copy")
                    .number(input)
                    .text(source)
                    .text(destination)
                    .texts(include)
                    .texts(exclude);
            into.flag(gitignore).text(owner.orElse("")).number(mode.orElse(-1));
            if (kind == Kind.ANY) {
                into.text("any");
            } else {
                into.flag(kind == Kind.DIRECTORY);
            }
        }

        @Override
        public String describe() {
            return "copy " + destination;
        }
    }

    /** Removes what matches {@code pattern} (wildcards {@code *} and {@code ?}, no crossing of slashes); nothing there is fine. */
    record Remove(String pattern) implements FileAction {
        @Override
        public void encode(KeyEncoder into) {
            into.text("remove").text(pattern);
        }

        @Override
        public String describe() {
            return "remove " + pattern;
        }
    }

    /**
     * Changes nothing, but fails unless there is something at a path.
     *
     * @param directory whether it has to be a directory, or a link to one
     */
    record Require(String path, boolean directory) implements FileAction {
        @Override
        public void encode(KeyEncoder into) {
            into.text("require").text(path).flag(directory);
        }

        @Override
        public String describe() {
            return "require " + path;
        }
    }

    /** Changes the owner of a node and everything below it. */
    record ChangeOwner(String path, String owner) implements FileAction {
        @Override
        public void encode(KeyEncoder into) {
            into.text("chown").text(path).text(owner);
        }

        @Override
        public String describe() {
            return "chown " + path;
        }
    }

    /** Sets the modification time of a node and everything below it. */
    record SetTimestamps(String path, long epochSeconds) implements FileAction {
        @Override
        public void encode(KeyEncoder into) {
            into.text("utimes").text(path).number(epochSeconds);
        }

        @Override
        public String describe() {
            return "set times of " + path;
        }
    }

    /**
     * Replaces a text within a file.
     *
     * @param search what is replaced, literally
     * @param all whether every occurrence is replaced, and none is fine
     * @param firstFrom line (from 1) at or after which the first occurrence is replaced; 0 to demand that there is
     *     exactly one in the file
     */
    record Replace(String path, String search, String replacement, boolean all, long firstFrom) implements FileAction {
        @Override
        public void encode(KeyEncoder into) {
            into.text("replace")
                    .text(path)
                    .text(search)
                    .text(replacement)
                    .flag(all)
                    .number(firstFrom);
        }

        @Override
        public String describe() {
            return "replace in " + path;
        }
    }
}
