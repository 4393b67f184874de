package org.buildengine.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Callable;
import org.buildengine.client.BuildsClient;
import org.buildengine.session.wire.builds.ReadLogRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code engine logs}: what the steps of a build printed. */
@Command(
        name = "logs",
        description = "Prints what the steps of a build printed, also of those that failed.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  engine logs                   what all steps of the latest build printed",
            "  engine logs 7c1d --follow     and what they print until it ends",
            "  engine logs 7c1d 4            just what step 4 printed, byte for byte",
            "",
            "engine explain has the numbers of the steps. A step that was not run is",
            "looked up in the build that ran it."
        })
final class LogsCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "BUILD",
            description = "Id of the build, or the beginning of it; the latest if it is left out.")
    private String build = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "STEP",
            description = "Number of the step; all that the build ran if it is left out.")
    private String step = "";

    @Option(
            names = {"-f", "--follow"},
            description = "Go on until the build, or the step, ends.")
    private boolean follow;

    @Option(names = "--timestamps", description = "Begin each line with the time.")
    private boolean timestamps;

    @Option(names = "--json", description = "Print one JSON object for each thing that happened, a line each.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        var request = ReadLogRequest.newBuilder().setBuild(build).setFollow(follow);
        if (!step.isEmpty()) {
            if (!step.matches("[1-9]\\d{0,5}")) {
                throw new IOException("\"" + step + "\" is no number of a step; engine explain prints them");
            }
            request.setStep(Integer.parseInt(step));
        }
        // not System.out, which has a buffer and an encoding of its own, and says nothing of a reader who has gone
        var out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16);
        var err = new BufferedOutputStream(new FileOutputStream(FileDescriptor.err));
        try (EngineChoice engine = EngineChoice.from(System.getenv());
                BuildsClient builds = BuildsClient.connect(engine.address(), VersionCommand.API_VERSION)) {
            LogFormat format = format(out, err);
            builds.readLog(request.build(), part -> {
                format.take(part);
                out.flush();
                err.flush();
            });
            format.end();
            out.flush();
            err.flush();
        } catch (IOException e) {
            if (!StandardOutput.isReaderGone(e)) {
                throw e;
            }
            // whoever read it, head for example, has enough
        }
        return 0;
    }

    private LogFormat format(OutputStream out, OutputStream err) {
        if (json) {
            return new LogJson(out);
        }
        if (step.isEmpty()) {
            return LogLines.ofBuild(out, err, timestamps);
        }
        return timestamps ? LogLines.ofStep(out, err) : new LogBytes(out, err);
    }
}
