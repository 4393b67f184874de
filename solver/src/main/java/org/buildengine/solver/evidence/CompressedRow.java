package org.buildengine.solver.evidence;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/** Rows of a version and, compressed (RFC 1951), what is in them: a step has its name in its arguments too, and more like that. */
final class CompressedRow {
    private CompressedRow() {}

    static byte[] of(byte version, byte[] content) {
        var row = new ByteArrayOutputStream(content.length);
        row.write(version);
        var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        try {
            deflater.setInput(content);
            deflater.finish();
            var part = new byte[1024];
            while (!deflater.finished()) {
                row.write(part, 0, deflater.deflate(part));
            }
        } finally {
            deflater.end();
        }
        return row.toByteArray();
    }

    /**
     * What is in a row.
     *
     * @throws IOException if it is damaged
     */
    static InputStream read(byte[] row) throws IOException {
        var inflater = new Inflater(true);
        try (var in = new InflaterInputStream(new ByteArrayInputStream(row, 1, row.length - 1), inflater)) {
            return new ByteArrayInputStream(in.readAllBytes());
        } finally {
            inflater.end();
        }
    }
}
