package org.buildengine.cli.display;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.buildengine.client.progress.OutputLines;

/**
 * What a program prints while the tree is drawn on the same terminal: it goes through us and appears above the tree, as text
 * and colours. What goes elsewhere is not touched, and standard input stays the terminal's.
 */
public final class ProgramOutput {
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);
    private static final String UNBUFFERED = "PYTHONUNBUFFERED";

    private final LiveProgress display;

    ProgramOutput(LiveProgress display) {
        this.display = display;
    }

    /** Makes a program print to us what it would print on the display. */
    public void redirect(ProcessBuilder program) {
        if (StandardStreams.outputIsTheDisplay()) {
            // One pipe keeps the order of the two streams.
            program.redirectOutput(Redirect.PIPE).redirectErrorStream(true);
        } else {
            program.redirectError(Redirect.PIPE);
        }
        // Python keeps what it prints to a pipe until much has come together; people would see nothing for minutes.
        program.environment().putIfAbsent(UNBUFFERED, "1");
    }

    /**
     * Shows what the program prints until it has said all.
     *
     * @return waits for that, but not for what processes print that outlive the program
     */
    public Runnable follow(Process program) {
        boolean merged = StandardStreams.outputIsTheDisplay();
        InputStream output = merged ? program.getInputStream() : program.getErrorStream();
        Thread reader = Thread.ofVirtual().name("program's output").start(() -> show(output));
        return () -> {
            try {
                reader.join(LAST_WORDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    private void show(InputStream output) {
        OutputLines lines = new OutputLines();
        char[] piece = new char[8192];
        try (Reader text = new InputStreamReader(output, StandardCharsets.UTF_8)) {
            for (int length = text.read(piece); length >= 0; length = text.read(piece)) {
                List<String> complete = lines.append(new String(piece, 0, length)).stream()
                        .map(OutputLines.Line::text)
                        .toList();
                display.print(complete, lines.partial());
            }
        } catch (IOException e) {
            System.getLogger(ProgramOutput.class.getName())
                    .log(System.Logger.Level.DEBUG, "the program's output ends", e);
        }
        display.print(lines.end().stream().map(OutputLines.Line::text).toList(), "");
    }
}
