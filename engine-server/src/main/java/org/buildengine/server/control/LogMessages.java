package org.buildengine.server.control;

import com.google.protobuf.UnsafeByteOperations;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.buildengine.session.wire.builds.LogCut;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.session.wire.builds.LogUnwritten;
import org.buildengine.session.wire.builds.NothingRan;
import org.buildengine.session.wire.builds.Output;
import org.buildengine.session.wire.builds.OutputLost;
import org.buildengine.session.wire.builds.Ran;
import org.buildengine.session.wire.builds.RunBegan;
import org.buildengine.session.wire.builds.RunEnded;
import org.buildengine.solver.events.Event;

/** Events of logs as messages. The names of the outcomes are the same on both sides. */
final class LogMessages {
    private LogMessages() {}

    /**
     * The beginning of a run.
     *
     * @param step number of the step; 0 if that is not known
     */
    static LogPart began(Event.Began began, int step) {
        return LogPart.newBuilder()
                .setBegan(RunBegan.newBuilder()
                        .setRun(began.run())
                        .setTime(time(began.at()))
                        .setStep(step)
                        .setName(began.name()))
                .build();
    }

    /** Anything but the beginning of a run. */
    static LogPart of(Event event) {
        var part = LogPart.newBuilder();
        switch (event) {
            case Event.Began _ -> throw new IllegalArgumentException("a beginning needs the number of its step");
            case Event.Printed printed ->
                part.setOutput(Output.newBuilder()
                        .setRun(printed.run())
                        .setTime(time(printed.at()))
                        .setStream(printed.stream())
                        .setData(UnsafeByteOperations.unsafeWrap(printed.bytes())));
            case Event.Lost lost ->
                part.setLost(OutputLost.newBuilder()
                        .setRun(lost.run())
                        .setTime(time(lost.at()))
                        .setBytes(lost.bytes()));
            case Event.Ended ended ->
                part.setEnded(RunEnded.newBuilder()
                        .setRun(ended.run())
                        .setTime(time(ended.at()))
                        .setOutcome(Ran.Outcome.valueOf(ended.ending().name()))
                        .setTook(ended.took().toNanos()));
        }
        return part.build();
    }

    /**
     * Something is missing at the end.
     *
     * @param steps numbers of those of which there is nothing; none if it is the end of what was sent that is missing
     */
    static LogPart cut(List<Integer> steps) {
        return LogPart.newBuilder()
                .setCut(LogCut.newBuilder().addAllSteps(steps))
                .build();
    }

    /** Nothing of so many steps of a build was run, which perhaps has not ended yet. */
    static LogPart nothingRan(int steps, boolean lasts) {
        return LogPart.newBuilder()
                .setNothingRan(NothingRan.newBuilder().setSteps(steps).setLasts(lasts))
                .build();
    }

    static LogPart unwritten(String why) {
        return LogPart.newBuilder()
                .setUnwritten(LogUnwritten.newBuilder().setWhy(why))
                .build();
    }

    static long time(Instant at) {
        return ChronoUnit.NANOS.between(Instant.EPOCH, at);
    }
}
