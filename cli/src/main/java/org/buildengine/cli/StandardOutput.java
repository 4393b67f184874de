package org.buildengine.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The standard output of this process, which knows whether all of it was written: a writer above it only keeps silent. */
final class StandardOutput extends OutputStream {
    private final OutputStream file;
    private @Nullable IOException failure;

    StandardOutput() {
        this(new FileOutputStream(FileDescriptor.out));
    }

    StandardOutput(OutputStream file) {
        this.file = file;
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        try {
            file.write(bytes, from, length);
        } catch (IOException e) {
            failure = failure == null ? e : failure;
            throw e;
        }
    }

    /** Why something could not be written; empty also if only the reader, head for example, had enough. */
    Optional<IOException> failure() {
        return Optional.ofNullable(failure).filter(why -> !isReaderGone(why));
    }

    /** Whether writing failed because nobody reads any more. */
    static boolean isReaderGone(IOException failure) {
        return "Broken pipe".equals(failure.getMessage());
    }
}
