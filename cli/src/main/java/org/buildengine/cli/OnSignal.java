package org.buildengine.cli;

import java.time.Duration;
import java.util.function.IntSupplier;

/**
 * What a command still does when a signal asks it to end, and the exit code that it then ends with; without it the virtual
 * machine would say 128 and the number of the signal, which callers take for a failure.
 */
final class OnSignal implements AutoCloseable {
    private final Thread hook;

    private OnSignal(IntSupplier last) {
        this.hook = Thread.ofPlatform().name("signal").unstarted(() -> {
            int code = last.getAsInt();
            System.out.flush();
            System.err.flush();
            Runtime.getRuntime().halt(code);
        });
    }

    /**
     * From now on a signal leads to {@code last}, on a thread of its own, and to its exit code.
     *
     * @param last must come to an end by itself
     * @return to be closed when the command ends by itself
     */
    static OnSignal then(IntSupplier last) {
        OnSignal signal = new OnSignal(last);
        Runtime.getRuntime().addShutdownHook(signal.hook);
        return signal;
    }

    /** Signals have their usual effect again. If one came already, this does not return: its exit code stands. */
    @Override
    public void close() {
        try {
            if (Runtime.getRuntime().removeShutdownHook(hook)) {
                return;
            }
        } catch (IllegalStateException e) {
            System.getLogger(OnSignal.class.getName()).log(System.Logger.Level.DEBUG, "a signal came first", e);
        }
        while (true) {
            try {
                Thread.sleep(Duration.ofDays(1));
            } catch (InterruptedException e) {
                System.getLogger(OnSignal.class.getName())
                        .log(System.Logger.Level.DEBUG, "the signal's thread ends this process", e);
            }
        }
    }
}
