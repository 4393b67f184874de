package org.buildengine.server.registry;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.buildengine.snapshotter.Digest;

/**
 * The name of an image: registry host, repository, and a tag, a digest or both. Follows Docker's normalisation:
 * {@code alpine} is {@code docker.io/library/alpine:latest}. Immutable.
 *
 * @param host registry host with its port, if any
 * @param repository path of the repository within the registry
 * @param tag tag; where a digest is given too, it only tells people where the digest came from
 * @param digest digest of the manifest or index
 */
public record ImageReference(String host, String repository, Optional<String> tag, Optional<Digest> digest) {
    private static final String DOCKER_HUB = "docker.io";
    private static final int MAX_NAME = 255;
    private static final Pattern HOST = Pattern.compile(
            "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*"
                    + "(?::[0-9]{1,5})?|\\[[0-9a-fA-F:]+](?::[0-9]{1,5})?");
    private static final Pattern REPOSITORY =
            Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

    /**
     * Reads a name as people write it.
     *
     * @throws ImageReferenceException if it is not one; the message says what is wrong with which part
     */
    public static ImageReference parse(String text) throws ImageReferenceException {
        if (text.isEmpty()) {
            throw new ImageReferenceException(text, "it is empty");
        }
        String rest = text;
        Optional<Digest> digest = Optional.empty();
        int at = rest.indexOf('@');
        if (at >= 0) {
            digest = Optional.of(parseDigest(text, rest.substring(at + 1)));
            rest = rest.substring(0, at);
        }
        Optional<String> tag = Optional.empty();
        int colon = rest.lastIndexOf(':');
        if (colon > rest.lastIndexOf('/')) {
            tag = Optional.of(rest.substring(colon + 1));
            rest = rest.substring(0, colon);
            if (!TAG.matcher(tag.get()).matches()) {
                throw new ImageReferenceException(
                        text,
                        "\"" + tag.get() + "\" is not a tag: 1 to 128 letters, digits, '_', '.' and '-', not"
                                + " beginning with '.' or '-'");
            }
        }
        return ofName(text, rest, tag.isEmpty() && digest.isEmpty() ? Optional.of("latest") : tag, digest);
    }

    private static ImageReference ofName(String text, String name, Optional<String> tag, Optional<Digest> digest)
            throws ImageReferenceException {
        int slash = name.indexOf('/');
        String first = slash < 0 ? "" : name.substring(0, slash);
        boolean namesHost = first.contains(".")
                || first.contains(":")
                || first.equals("localhost")
                || !first.equals(first.toLowerCase(Locale.ROOT));
        String host = namesHost ? first : DOCKER_HUB;
        String repository = namesHost ? name.substring(slash + 1) : name;
        if (host.equals("index.docker.io")) {
            host = DOCKER_HUB;
        }
        if (!HOST.matcher(host).matches()) {
            throw new ImageReferenceException(text, "\"" + host + "\" is not a registry host");
        }
        if (host.equals(DOCKER_HUB) && repository.indexOf('/') < 0) {
            repository = "library/" + repository;
        }
        if (repository.length() > MAX_NAME) {
            throw new ImageReferenceException(text, "the repository is longer than " + MAX_NAME + " characters");
        }
        if (!REPOSITORY.matcher(repository).matches()) {
            boolean upper = !repository.equals(repository.toLowerCase(Locale.ROOT));
            throw new ImageReferenceException(
                    text,
                    upper
                            ? "invalid reference format: repository name must be lowercase"
                            : "invalid reference format: \"" + repository + "\" is not a repository name");
        }
        return new ImageReference(host, repository, tag, digest);
    }

    private static Digest parseDigest(String text, String digest) throws ImageReferenceException {
        try {
            return Digest.parse(digest);
        } catch (IllegalArgumentException e) {
            throw new ImageReferenceException(
                    text, "\"" + digest + "\" is not a digest: sha256: and 64 lower-case hex digits");
        }
    }

    /** What the registry is asked for: the digest if there is one, else the tag. */
    public String selector() {
        return digest.map(Digest::toString).orElseGet(() -> tag.orElse("latest"));
    }

    /** The same name, pinned to {@code pinned}. */
    public ImageReference withDigest(Digest pinned) {
        return new ImageReference(host, repository, tag, Optional.of(pinned));
    }

    /** Host and repository. */
    public String name() {
        return host + "/" + repository;
    }

    /** The full form, with all defaults written out. */
    @Override
    public String toString() {
        return name()
                + tag.map(t -> ":" + t).orElse("")
                + digest.map(d -> "@" + d).orElse("");
    }
}
