package org.buildengine.session.hostfiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns paths to follow into include patterns: each symbolic link on the way and where it finally leads. Links are resolved
 * within the root, as they would be in the engine.
 */
final class FollowedPaths {
    private static final int MAX_LINKS = 255;

    private final Path root;
    private final Set<String> found = new LinkedHashSet<>();

    private FollowedPaths(Path root) {
        this.root = root;
    }

    static List<String> resolve(Path root, List<String> paths) throws IOException {
        FollowedPaths followed = new FollowedPaths(root);
        for (String path : paths) {
            followed.follow(path);
        }
        return List.copyOf(followed.found);
    }

    private void follow(String path) throws IOException {
        Deque<String> names = new ArrayDeque<>(List.of(path.split("/", -1)));
        List<String> done = new ArrayList<>();
        int links = 0;
        while (!names.isEmpty()) {
            String name = names.pop();
            if (name.isEmpty() || name.equals(".")) {
                continue;
            }
            if (name.equals("..")) {
                if (!done.isEmpty()) {
                    done.removeLast();
                }
                continue;
            }
            done.add(name);
            Path here = root.resolve(String.join("/", done));
            if (!Files.isSymbolicLink(here)) {
                continue;
            }
            if (++links > MAX_LINKS) {
                throw new IOException(root.resolve(path) + " goes through more than " + MAX_LINKS + " symbolic links");
            }
            found.add(String.join("/", done));
            String target = Files.readSymbolicLink(here).toString();
            if (target.startsWith("/")) {
                done.clear();
            } else {
                done.removeLast();
            }
            String[] inserted = target.split("/", -1);
            for (int i = inserted.length - 1; i >= 0; i--) {
                names.push(inserted[i]);
            }
        }
        found.add(done.isEmpty() ? "**" : String.join("/", done));
    }
}
