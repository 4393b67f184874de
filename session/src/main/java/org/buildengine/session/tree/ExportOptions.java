package org.buildengine.session.tree;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.grpc.Metadata;
import java.util.Base64;
import java.util.List;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/**
 * What a FileSend call brings; travels in the call's metadata as JSON.
 *
 * @param path destination on the client's host; relative ones belong to its working directory
 * @param isFileStream one file as raw bytes, else a tree as packets
 * @param fileOriginalName the file's name, used when the destination is a directory
 * @param allowParentDirPath whether the destination may be an existing directory, the file then goes into it
 * @param fileMode Go file mode of the new file; 0 for 0600
 * @param merge whether what is not sent stays; otherwise it is deleted (the key has a capital M on the wire)
 * @param removePaths to delete below the destination before; a trailing slash allows a directory with its contents
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ExportOptions(
        @JsonProperty("path") String path,
        @JsonProperty("is_file_stream") boolean isFileStream,
        @JsonProperty("file_original_name") String fileOriginalName,
        @JsonProperty("allow_parent_dir_path") boolean allowParentDirPath,
        @JsonProperty("file_mode") long fileMode,
        @JsonProperty("Merge") boolean merge,
        @JsonProperty("remove_paths") List<String> removePaths) {

    private static final Metadata.Key<String> OPTIONS = ImportOptions.key("x-dagger-local-export-opts");

    @SuppressWarnings("NullAway") // JSON null stands for unset
    public ExportOptions {
        path = path == null ? "" : path;
        fileOriginalName = fileOriginalName == null ? "" : fileOriginalName;
        removePaths = removePaths == null ? List.of() : List.copyOf(removePaths);
    }

    /** A tree. */
    public static ExportOptions directory(String path, boolean merge, List<String> removePaths) {
        return new ExportOptions(path, false, "", false, 0, merge, removePaths);
    }

    /** One file with POSIX permissions. */
    public static ExportOptions file(String path, String originalName, boolean allowParentDirPath, int posixMode) {
        long mode = Integer.toUnsignedLong(GoFileMode.of(EntryType.FILE, posixMode));
        return new ExportOptions(path, true, originalName, allowParentDirPath, mode, false, List.of());
    }

    /** The metadata of the call. */
    public Metadata toMetadata() {
        Metadata headers = new Metadata();
        try {
            headers.put(OPTIONS, Base64.getEncoder().encodeToString(ImportOptions.JSON.writeValueAsBytes(this)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("export options cannot be written as JSON", e);
        }
        return headers;
    }

    /** Reads the metadata of a call. */
    public static ExportOptions fromMetadata(Metadata headers) throws HostException {
        String json = headers.get(OPTIONS);
        if (json == null) {
            throw new HostException(
                    Reason.PROTOCOL, "the call does not say where to write (x-dagger-local-export-opts)");
        }
        try {
            return ImportOptions.JSON.readValue(Base64.getDecoder().decode(json), ExportOptions.class);
        } catch (java.io.IOException | IllegalArgumentException e) {
            throw new HostException(Reason.PROTOCOL, "the export options of the call cannot be read", e);
        }
    }
}
