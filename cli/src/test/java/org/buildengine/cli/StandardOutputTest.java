package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class StandardOutputTest {
    private static StandardOutput printedTo(OutputStream file) {
        var output = new StandardOutput(file);
        var writer = new PrintWriter(output, true, StandardCharsets.UTF_8);
        writer.println("one");
        writer.print("two");
        writer.flush();
        return output;
    }

    @Test
    void allIsWritten() {
        var file = new ByteArrayOutputStream();
        assertThat(printedTo(file).failure()).isEmpty();
        assertThat(file).hasToString("one\ntwo");
    }

    @Test
    void fullDiskIsNotKeptSilent() throws Exception {
        try (var full = new FileOutputStream("/dev/full")) {
            assertThat(printedTo(full).failure())
                    .hasValueSatisfying(why -> assertThat(why).hasMessage("No space left on device"));
        }
    }

    @Test
    void readerWhoHasEnoughIsNoFailure() {
        var gone = new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        assertThat(printedTo(gone).failure()).isEmpty();
    }
}
