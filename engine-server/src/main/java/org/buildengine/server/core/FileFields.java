package org.buildengine.server.core;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import org.buildengine.server.core.Reading.OpenFile;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Node;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.KeyEncoder;

/** Fields of {@code File}. */
final class FileFields {
    private static final long MOST_CONTENTS = 128L << 20;

    private final Facilities facilities;
    private final Reading reading;

    private FileFields(Facilities facilities) {
        this.facilities = facilities;
        this.reading = new Reading(facilities.snapshotter());
    }

    static void register(FieldRegistry registry, Facilities facilities) {
        var fields = new FileFields(facilities);
        registry.field("File", "name", call -> self(call).name());
        registry.field("File", "contents", fields::contents);
        registry.field("File", "size", call -> fields.open(call).node().size());
        registry.field("File", "stat", fields::stat);
        registry.field("File", "digest", fields::digest);
        registry.field("File", "sync", fields::sync);
        registry.field("File", "export", fields::export);
        registry.field("File", "withName", FileFields::withName);
        registry.field("File", "withTimestamps", FileFields::withTimestamps);
        registry.field("File", "withReplaced", FileFields::withReplaced);
        registry.field("File", "chown", FileFields::chown);
    }

    private static File self(Call call) {
        return call.receiver(File.class);
    }

    private OpenFile open(Call call) throws ApiException, IOException, InterruptedException {
        return reading.open(call, self(call));
    }

    private String contents(Call call) throws ApiException, IOException, InterruptedException {
        OpenFile file = open(call);
        if (file.node().size() > MOST_CONTENTS) {
            throw new ApiException(
                    "TOO_LARGE",
                    "file " + self(call).asked() + " has " + file.node().size()
                            + " bytes, more than the " + MOST_CONTENTS
                            + " that contents can return: export it, or read it in a container");
        }
        String text;
        try (InputStream in = file.scoped().open(file.node())) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        long skip = call.has("offsetLines") ? Math.max(0, call.number("offsetLines")) : 0;
        long limit = call.has("limitLines") ? call.number("limitLines") : -1;
        return lines(text, skip, limit);
    }

    /** The lines from number {@code skip} on, at most {@code limit} unless that is negative. */
    static String lines(String text, long skip, long limit) {
        int start = afterLines(text, 0, skip);
        return text.substring(start, limit < 0 ? text.length() : afterLines(text, start, limit));
    }

    private static int afterLines(String text, int from, long lines) {
        int at = from;
        for (long line = 0; line < lines && at < text.length(); line++) {
            int end = text.indexOf('\n', at);
            at = end < 0 ? text.length() : end + 1;
        }
        return at;
    }

    private Stat stat(Call call) throws ApiException, IOException, InterruptedException {
        return Stat.of(open(call).node());
    }

    private String digest(Call call) throws ApiException, IOException, InterruptedException {
        Node node = open(call).node();
        Digest content = node.content().orElseThrow();
        if (call.flag("excludeMetadata")) {
            return content.toString();
        }
        Attributes attributes = node.attributes();
        return new KeyEncoder()
                .text("file")
                .digest(content)
                .number(attributes.mode())
                .number(attributes.uid())
                .number(attributes.gid())
                .finish()
                .toString();
    }

    private String sync(Call call) throws ApiException, IOException, InterruptedException {
        open(call);
        return call.idOf(self(call));
    }

    private String export(Call call) throws ApiException, IOException, InterruptedException {
        OpenFile file = open(call);
        return Reading.onHost(() -> facilities
                .hosts()
                .exportFile(
                        call.client(),
                        file.scoped(),
                        file.node(),
                        self(call).name(),
                        call.text("path"),
                        call.flag("allowParentDirPath")));
    }

    private static File withName(Call call) throws ApiException {
        String name = call.text("name");
        checkName(name);
        FileAction.Copy copy = DirectoryFields.fileCopy(self(call), "/" + name, Optional.empty(), OptionalInt.empty());
        return new File(FileEdits.copy(FileEdits.EMPTY, self(call).tree(), copy), "", name, name);
    }

    /**
     * Refuses names that are no file names.
     *
     * @throws ApiException if {@code name} is empty, too long, or a path
     */
    static void checkName(String name) throws ApiException {
        if (name.contains("/")) {
            throw new ApiException("INVALID_ARGUMENT", "file name \"" + name + "\" must not contain a directory");
        }
        if (TreePaths.clean(name).isEmpty()) {
            throw new ApiException("INVALID_ARGUMENT", "\"" + name + "\" is not a file name");
        }
        TreePaths.checkNames(name);
    }

    private static File withTimestamps(Call call) {
        File self = self(call);
        return self.withTree(
                FileEdits.edit(self.tree(), new FileAction.SetTimestamps(self.location(), call.number("timestamp"))));
    }

    private static File withReplaced(Call call) {
        File self = self(call);
        long firstFrom = call.has("firstFrom") ? call.number("firstFrom") : 0;
        return self.withTree(FileEdits.edit(
                self.tree(),
                new FileAction.Replace(
                        self.location(), call.text("search"), call.text("replacement"), call.flag("all"), firstFrom)));
    }

    private static File chown(Call call) {
        File self = self(call);
        return self.withTree(
                FileEdits.edit(self.tree(), new FileAction.ChangeOwner(self.location(), call.text("owner"))));
    }
}
