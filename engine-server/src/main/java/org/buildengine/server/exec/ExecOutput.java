package org.buildengine.server.exec;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.BlobStore;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.ExecOp.Facts;
import org.jspecify.annotations.Nullable;

/**
 * Where the bytes of both outputs go, after secrets were taken out of them: to the listeners, to what is kept, to the
 * ends shown with a failure, to files in the container. Used by one thread.
 */
final class ExecOutput implements Closeable {
    private final OpRunner.Run run;
    private final Stream stdout;
    private final Stream stderr;
    /** Kept apart only once both streams have written: until then it is what the one of them wrote. */
    private @Nullable OutputCapture combined;

    ExecOutput(
            OpRunner.Run run,
            BlobStore blobs,
            Collection<byte[]> secrets,
            Optional<SeekableByteChannel> stdoutCopy,
            Optional<SeekableByteChannel> stderrCopy) {
        this.run = run;
        this.stdout = new Stream(new Scrubber(secrets), new OutputCapture(blobs), new OutputTail(), stdoutCopy);
        this.stderr = new Stream(new Scrubber(secrets), new OutputCapture(blobs), new OutputTail(), stderrCopy);
    }

    private record Stream(
            Scrubber scrubber, OutputCapture capture, OutputTail tail, Optional<SeekableByteChannel> copy) {}

    /** Takes bytes as they came from the container. */
    void add(int number, byte[] bytes) throws IOException {
        Stream stream = number == 1 ? stdout : stderr;
        pass(number, stream, stream.scrubber().scrub(bytes));
    }

    /** Passes on what was held back, at the end of both streams, and closes the files in the container: it is sealed next. */
    void finish() throws IOException {
        pass(1, stdout, stdout.scrubber().finish());
        pass(2, stderr, stderr.scrubber().finish());
        closeCopies();
    }

    private void closeCopies() throws IOException {
        for (Stream stream : new Stream[] {stdout, stderr}) {
            if (stream.copy().isPresent()) {
                stream.copy().get().close();
            }
        }
    }

    private void pass(int number, Stream stream, byte[] clean) throws IOException {
        if (clean.length == 0) {
            return;
        }
        Stream other = number == 1 ? stderr : stdout;
        if (combined == null && !other.capture().isEmpty()) {
            combined = other.capture().copy();
        }
        stream.capture().add(clean);
        if (combined != null) {
            combined.add(clean);
        }
        stream.tail().add(clean);
        if (stream.copy().isPresent()) {
            ByteBuffer buffer = ByteBuffer.wrap(clean);
            while (buffer.hasRemaining()) {
                stream.copy().get().write(buffer);
            }
        }
        run.output(number, clean);
    }

    /** Keeps both outputs and what they are together. */
    Map<String, String> keep(Set<Digest> blobs) throws IOException {
        var facts = new HashMap<String, String>();
        stdout.capture().keep(Facts.STDOUT, Facts.STDOUT_BLOB, facts, blobs);
        stderr.capture().keep(Facts.STDERR, Facts.STDERR_BLOB, facts, blobs);
        if (combined != null) {
            combined.keep(Facts.COMBINED, Facts.COMBINED_BLOB, facts, blobs);
        } else if (stderr.capture().isEmpty()) {
            copyFact(facts, Facts.STDOUT, Facts.COMBINED);
            copyFact(facts, Facts.STDOUT_BLOB, Facts.COMBINED_BLOB);
        } else {
            copyFact(facts, Facts.STDERR, Facts.COMBINED);
            copyFact(facts, Facts.STDERR_BLOB, Facts.COMBINED_BLOB);
        }
        return facts;
    }

    private static void copyFact(Map<String, String> facts, String from, String to) {
        String value = facts.get(from);
        if (value != null) {
            facts.put(to, value);
        }
    }

    String stdoutTail() {
        return stdout.tail().text();
    }

    String stderrTail() {
        return stderr.tail().text();
    }

    @Override
    public void close() throws IOException {
        try (OutputCapture _ = stdout.capture();
                OutputCapture _ = stderr.capture();
                Closeable _ = combined == null ? () -> {} : combined) {
            closeCopies();
        }
    }
}
