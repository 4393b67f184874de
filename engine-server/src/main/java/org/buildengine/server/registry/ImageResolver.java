package org.buildengine.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.Digest;

/**
 * Turns names of images into pinned images. What is named by a digest is remembered, so that asking for it again right
 * after costs no request; what is named by a tag is asked for every time. Safe for use by several threads; blocks, and
 * is meant for virtual ones.
 */
public final class ImageResolver {
    private final RegistryClient client;
    private final FetchedDocuments documents = new FetchedDocuments(8 << 20);

    public ImageResolver(RegistryClient client) {
        this.client = client;
    }

    /**
     * Finds the image for {@code platform}.
     *
     * @param reference name as people write it
     * @param inquiry where it is said who is asked
     * @throws ImageReferenceException if the name is not one
     * @throws IOException if it cannot be had; the message names the image, the platform and the reason
     */
    public ResolvedImage resolve(String reference, Platform platform, RegistryCredentials credentials, Inquiry inquiry)
            throws IOException, InterruptedException {
        return resolve(ImageReference.parse(reference), platform, credentials, inquiry);
    }

    /** As above, for a name that was read already. */
    public ResolvedImage resolve(
            ImageReference reference, Platform platform, RegistryCredentials credentials, Inquiry inquiry)
            throws IOException, InterruptedException {
        try {
            return find(reference, platform, credentials, inquiry);
        } catch (IOException e) {
            throw new IOException(
                    "failed to resolve image \"" + reference + "\" (platform: \"" + platform + "\"): " + e.getMessage(),
                    e);
        }
    }

    private ResolvedImage find(
            ImageReference reference, Platform platform, RegistryCredentials credentials, Inquiry inquiry)
            throws IOException, InterruptedException {
        Document top = document(reference, credentials, inquiry);
        Document manifest = top;
        for (int depth = 0; manifest.isIndex(); depth++) {
            if (depth == 3) {
                throw new IOException("its indexes are nested too deeply");
            }
            Descriptor chosen = choose(manifest.json(), platform);
            manifest = document(reference.withDigest(chosen.digest()), credentials, inquiry);
        }
        Descriptor configAt = Descriptor.parse(manifest.json().path("config"));
        List<Descriptor> layersAt = layers(manifest.json());
        ImageConfig config = ImageConfig.parse(config(reference, configAt, credentials, inquiry));
        return new ResolvedImage(
                reference.withDigest(top.digest()),
                manifest.digest(),
                config.platform(),
                config,
                pair(layersAt, config.diffIds()));
    }

    /** What the manifest of an image lists, the lowest first. */
    static List<Descriptor> layers(JsonNode manifest) throws IOException {
        var layers = new ArrayList<Descriptor>();
        for (JsonNode layer : manifest.path("layers")) {
            layers.add(Descriptor.parse(layer));
        }
        return layers;
    }

    private static List<ResolvedImage.Layer> pair(List<Descriptor> blobs, List<Digest> diffIds) throws IOException {
        if (blobs.size() != diffIds.size()) {
            throw new IOException(
                    "its manifest lists " + blobs.size() + " layers and its configuration " + diffIds.size());
        }
        var layers = new ArrayList<ResolvedImage.Layer>();
        for (int i = 0; i < blobs.size(); i++) {
            if (!MediaTypes.isLayer(blobs.get(i).mediaType())) {
                throw new IOException("layer " + i + " is of a kind that this engine cannot unpack: "
                        + blobs.get(i).mediaType());
            }
            layers.add(new ResolvedImage.Layer(blobs.get(i), diffIds.get(i)));
        }
        return layers;
    }

    /** The best entry of an index for {@code platform}. */
    static Descriptor choose(JsonNode index, Platform platform) throws IOException {
        var entries = new ArrayList<Descriptor>();
        for (JsonNode entry : index.path("manifests")) {
            Descriptor descriptor = Descriptor.parse(entry);
            boolean image = MediaTypes.isManifest(descriptor.mediaType()) || MediaTypes.isIndex(descriptor.mediaType());
            // Attestations hang in the index as images for the platform unknown/unknown.
            if (image && !descriptor.platform().map(Platform::os).orElse("").equals("unknown")) {
                entries.add(descriptor);
            }
        }
        Comparator<Descriptor> bySuitability = Comparator.comparingInt(
                d -> d.platform().map(platform::suitability).orElse(1));
        // Of equally good ones the first counts, as everywhere.
        Optional<Descriptor> best = entries.reversed().stream().max(bySuitability);
        if (best.isEmpty() || best.get().platform().map(platform::suitability).orElse(1) == 0) {
            String offered = entries.stream()
                    .flatMap(d -> d.platform().stream())
                    .map(Platform::toString)
                    .distinct()
                    .collect(Collectors.joining(", "));
            throw new IOException("no match for platform in manifest: not found; it offers "
                    + (offered.isEmpty() ? "no platform at all" : offered));
        }
        return best.get();
    }

    private Document document(ImageReference reference, RegistryCredentials credentials, Inquiry inquiry)
            throws IOException, InterruptedException {
        if (reference.digest().isPresent()) {
            Optional<byte[]> known =
                    documents.find(reference.name(), reference.digest().get());
            if (known.isPresent()) {
                return Document.parse(known.get(), reference.digest().get(), "");
            }
        }
        RegistryClient.Manifest manifest = client.manifest(reference, credentials, inquiry);
        Document document = Document.parse(manifest.body(), manifest.digest(), manifest.mediaType());
        documents.add(reference.name(), manifest.digest(), manifest.body());
        return document;
    }

    private byte[] config(ImageReference reference, Descriptor at, RegistryCredentials credentials, Inquiry inquiry)
            throws IOException, InterruptedException {
        Optional<byte[]> known = documents.find(reference.name(), at.digest());
        if (known.isPresent()) {
            return known.get();
        }
        byte[] body = client.smallBlob(reference, at, credentials, inquiry);
        documents.add(reference.name(), at.digest(), body);
        return body;
    }

    /** A manifest or an index, whose bytes have the digest. */
    record Document(JsonNode json, Digest digest, boolean isIndex) {
        static Document parse(byte[] body, Digest digest, String contentType) throws IOException {
            JsonNode json = Documents.object(body, "manifest");
            if (json.path("schemaVersion").asInt() == 1) {
                throw new IOException("it has a manifest of schema version 1, which was withdrawn; push it again with a"
                        + " current client");
            }
            boolean manifests = json.has("manifests");
            boolean layers = json.has("layers") || json.has("config");
            if (manifests == layers) {
                throw new IOException(
                        manifests
                                ? "its manifest is at the same time an index, which is not allowed"
                                : "its manifest lists neither layers nor manifests");
            }
            String own = json.path("mediaType").asText("");
            for (String type : List.of(own, contentType)) {
                boolean contradicts = manifests ? MediaTypes.isManifest(type) : MediaTypes.isIndex(type);
                if (contradicts) {
                    throw new IOException("its manifest does not have the form of its media type " + type);
                }
            }
            return new Document(json, digest, manifests);
        }
    }
}
