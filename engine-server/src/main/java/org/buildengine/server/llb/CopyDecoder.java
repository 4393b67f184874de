package org.buildengine.server.llb;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.buildengine.server.core.ApiException;
import org.buildengine.session.wire.pb.FileActionCopy;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileAction.Copy.Kind;

/** A copy from one tree into another. Immutable. */
final class CopyDecoder {
    /** The mode of directories that a copy needs and nobody made. */
    private static final int PARENT_MODE = 0755;

    private static final int NO_MODE = -1;
    private static final long NO_TIME = -1;

    private final FileActionCopy options;
    private final String source;
    private final String destination;
    private final boolean inside;
    private final Kind kind;
    private final Optional<String> owner;

    /**
     * Checks a copy.
     *
     * @param base the number of the tree that is copied into
     */
    CopyDecoder(FileActionCopy options, long base) throws ApiException {
        this.options = options;
        this.source = TreeText.path(options.getSrc());
        this.destination = TreeText.path(options.getDest());
        this.inside = options.getDest().endsWith("/");
        this.kind = kind(options, source.equals("/"));
        this.owner = Owners.decode(options.getOwner(), base);
        refuseOptions(options);
        Refusals.refuse(
                kind == Kind.FILE && hasPatterns(options),
                "patterns for what is no contents of a directory",
                "set dirCopyContents");
        Refusals.refuse(
                !options.getFollowSymlink() && !source.equals("/"),
                "a copy of a link itself",
                "set followSymlink, so that what " + source + " leads to is copied");
        Refusals.refuse(
                options.getAllowWildcard() && TreeText.hasWildcards(source),
                "a wildcard in the source of a copy",
                "copy each by its name, or their directory with include_patterns");
    }

    private static Kind kind(FileActionCopy options, boolean root) {
        if (root || (options.getDirCopyContents() && hasPatterns(options))) {
            return Kind.DIRECTORY;
        }
        return options.getDirCopyContents() ? Kind.ANY : Kind.FILE;
    }

    private static boolean hasPatterns(FileActionCopy options) {
        return options.getIncludePatternsCount() + options.getExcludePatternsCount() > 0;
    }

    private static void refuseOptions(FileActionCopy options) throws ApiException {
        Refusals.refuse(
                options.getAttemptUnpackDockerCompatibility(),
                "to unpack archives while copying",
                "let a command unpack them");
        Refusals.refuse(options.getTimestamp() != NO_TIME, "a timestamp of a copy", "give -1 for that of the source");
        Refusals.refuse(!options.getModeStr().isEmpty(), "a mode in words (modeStr)", "give the mode as a number");
        Refusals.refuse(options.getRequiredPathsCount() > 0, "required_paths", "copy each of them by itself");
    }

    /** The copy, behind what has to be there or is made for it. */
    List<FileAction> actions() throws ApiException {
        var actions = new ArrayList<FileAction>();
        preparation().ifPresent(actions::add);
        actions.add(copy());
        return actions;
    }

    private Optional<FileAction> preparation() {
        boolean mayBeDirectory = kind != Kind.FILE;
        Optional<String> directory =
                inside ? Optional.of(destination).filter(path -> !path.equals("/")) : TreeText.parent(destination);
        if (directory.isEmpty()) {
            return Optional.empty();
        }
        if (!options.getCreateDestPath()) {
            return Optional.of(new FileAction.Require(directory.get(), true));
        }
        // else the copy makes it, with the attributes that a directory has which nobody asked for
        return owner.isPresent() || (inside && mayBeDirectory)
                ? Optional.of(new FileAction.MakeDirectory(directory.get(), PARENT_MODE, owner))
                : Optional.empty();
    }

    /** The copy itself, with the tree that is copied from as input 1. */
    FileAction.Copy copy() throws ApiException {
        return new FileAction.Copy(
                1,
                source,
                inside && !destination.equals("/") ? destination + "/" : destination,
                options.getIncludePatternsList(),
                options.getExcludePatternsList(),
                false,
                owner,
                options.getMode() == NO_MODE ? OptionalInt.empty() : OptionalInt.of(TreeText.mode(options.getMode())),
                kind);
    }
}
