package org.buildengine.session.tree;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.grpc.Metadata;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/**
 * What a FileSync call asks for; travels in the call's metadata, both as JSON and as plain keys (Dagger 0.21 sends both;
 * a BuildKit engine only the keys). The flags are tested in the order getAbsPathOnly, statPathOnly, readSingleFileOnly; none
 * of them means a whole tree.
 *
 * @param path on the client's host; relative ones belong to its working directory
 * @param useGitignore whether ignored entries are to be marked
 * @param includePatterns as for {@link org.buildengine.session.patterns.PathPatterns}; null in the JSON means none
 * @param excludePatterns likewise
 * @param followPaths links whose targets are wanted too
 * @param readSingleFileOnly answer with the content of the file
 * @param maxFileSize limit for that, in bytes
 * @param statPathOnly answer with the node's attributes
 * @param statReturnAbsPath give the absolute path in them instead of the name
 * @param statResolvePath follow links first
 * @param getAbsPathOnly answer with the absolute path, whether it exists or not
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ImportOptions(
        @JsonProperty("path") String path,
        @JsonProperty("use_gitignore") boolean useGitignore,
        @JsonProperty("include_patterns") List<String> includePatterns,
        @JsonProperty("exclude_patterns") List<String> excludePatterns,
        @JsonProperty("follow_paths") List<String> followPaths,
        @JsonProperty("read_single_file_only") boolean readSingleFileOnly,
        @JsonProperty("max_file_size") long maxFileSize,
        @JsonProperty("stat_path_only") boolean statPathOnly,
        @JsonProperty("stat_return_abs_path") boolean statReturnAbsPath,
        @JsonProperty("stat_resolve_path") boolean statResolvePath,
        @JsonProperty("get_abs_path_only") boolean getAbsPathOnly) {

    /** The most bytes a client can send or take in one message together with its framing: 4 MiB less 5 %. */
    public static final int MAX_CHUNK = 3_984_588;

    private static final Metadata.Key<String> OPTIONS = key("x-dagger-local-import-opts");
    private static final Metadata.Key<String> DIR_NAME = key("dir-name");
    private static final Metadata.Key<String> GITIGNORE = key("dagger.gitignore");
    private static final String INCLUDE = "include-patterns";
    private static final String EXCLUDE = "exclude-patterns";
    private static final String FOLLOW = "followpaths";

    static final JsonMapper JSON = JsonMapper.builder()
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    @SuppressWarnings("NullAway") // JSON null stands for an empty list
    public ImportOptions {
        path = path == null ? "" : path;
        includePatterns = includePatterns == null ? List.of() : List.copyOf(includePatterns);
        excludePatterns = excludePatterns == null ? List.of() : List.copyOf(excludePatterns);
        followPaths = followPaths == null ? List.of() : List.copyOf(followPaths);
    }

    /** Asks for the absolute path. */
    public static ImportOptions absolutePath(String path) {
        return new ImportOptions(path, false, List.of(), List.of(), List.of(), false, 0, false, false, false, true);
    }

    /** Asks for the attributes of one node, with its absolute path. */
    public static ImportOptions stat(String path, boolean resolveLinks) {
        return new ImportOptions(
                path, false, List.of(), List.of(), List.of(), false, 0, true, true, resolveLinks, false);
    }

    /** Asks for the content of one file. */
    public static ImportOptions readFile(String path, long max) {
        return new ImportOptions(path, false, List.of(), List.of(), List.of(), true, max, false, false, false, false);
    }

    /** Asks for a tree. */
    public static ImportOptions tree(
            String path, List<String> include, List<String> exclude, List<String> followPaths, boolean useGitignore) {
        return new ImportOptions(
                path, useGitignore, include, exclude, followPaths, false, 0, false, false, false, false);
    }

    /** The metadata of the call. */
    public Metadata toMetadata() {
        Metadata headers = new Metadata();
        try {
            headers.put(OPTIONS, Base64.getEncoder().encodeToString(JSON.writeValueAsBytes(this)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("import options cannot be written as JSON", e);
        }
        putList(headers, "dir-name", List.of(path));
        headers.put(GITIGNORE, Boolean.toString(useGitignore));
        putList(headers, INCLUDE, includePatterns);
        putList(headers, EXCLUDE, excludePatterns);
        putList(headers, FOLLOW, followPaths);
        return headers;
    }

    /** Reads the metadata of a call; the JSON wins over the plain keys. */
    public static ImportOptions fromMetadata(Metadata headers) throws HostException {
        String json = headers.get(OPTIONS);
        if (json != null) {
            try {
                return JSON.readValue(Base64.getDecoder().decode(json), ImportOptions.class);
            } catch (java.io.IOException | IllegalArgumentException e) {
                throw new HostException(Reason.PROTOCOL, "the import options of the call cannot be read", e);
            }
        }
        if (headers.get(DIR_NAME) == null) {
            throw new HostException(Reason.PROTOCOL, "the call names no directory (metadata key dir-name)");
        }
        return tree(
                getList(headers, "dir-name").getFirst(),
                getList(headers, INCLUDE),
                getList(headers, EXCLUDE),
                getList(headers, FOLLOW),
                "true".equals(headers.get(GITIGNORE)));
    }

    /** Metadata values are ASCII, so one other character makes the whole list travel query-escaped. */
    private static void putList(Metadata headers, String name, List<String> values) {
        boolean encode = values.stream().anyMatch(value -> !value.chars().allMatch(c -> c >= ' ' && c < 0x7f));
        for (String value : values) {
            headers.put(key(name), encode ? URLEncoder.encode(value, StandardCharsets.UTF_8) : value);
        }
        if (encode) {
            headers.put(key(name + "-encoded"), "1");
        }
    }

    private static List<String> getList(Metadata headers, String name) throws HostException {
        boolean encoded = "1".equals(headers.get(key(name + "-encoded")));
        Iterable<String> values = headers.getAll(key(name));
        List<String> result = new ArrayList<>();
        if (values != null) {
            for (String value : values) {
                result.add(encoded ? decode(name, value) : value);
            }
        }
        return result;
    }

    private static String decode(String name, String value) throws HostException {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new HostException(Reason.PROTOCOL, "the metadata " + name + " is not properly escaped", e);
        }
    }

    static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }
}
