package org.buildengine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.Test;

class ListenersTest {
    private static final Vertex VERTEX = new Vertex(new TreeOp(Digest.of(""), Snapshot.EMPTY, "a step"), List.of());

    private final List<String> heard = new ArrayList<>();
    private final JobListener noting = listener((_, message, _) -> {
        heard.add(message.getName());
        return null;
    });

    private static JobListener listener(InvocationHandler told) {
        return (JobListener)
                Proxy.newProxyInstance(JobListener.class.getClassLoader(), new Class<?>[] {JobListener.class}, told);
    }

    private static JobListener failing(Throwable failure) {
        return listener((_, _, _) -> {
            throw failure;
        });
    }

    @Test
    void everyMessageReachesEachListener() throws Exception {
        var listeners = new Listeners(List.of(noting, noting));
        for (Method message : JobListener.class.getMethods()) {
            heard.clear();
            Object[] blank = new Object[message.getParameterCount()];
            for (int i = 0; i < blank.length; i++) {
                blank[i] = message.getParameterTypes()[i] == long.class ? 0L : null;
            }
            message.invoke(listeners, blank);
            assertThat(heard).containsExactly(message.getName(), message.getName());
        }
    }

    @Test
    void listenerThatFailsTakesNothingFromTheRest() {
        var first = new IllegalStateException("first");
        var second = new NoClassDefFoundError("second");
        var listeners = new Listeners(List.of(failing(first), noting, failing(second), noting));

        Throwable reported = catchThrowable(() -> listeners.cancelled(VERTEX, Duration.ZERO));

        assertThat(heard).containsExactly("cancelled", "cancelled");
        assertThat(reported).isSameAs(first).hasSuppressedException(second);
    }

    @Test
    void errorOfAListenerIsReportedAsSuch() {
        var failure = new NoClassDefFoundError("the archive was replaced");
        var listeners = new Listeners(List.of(failing(failure), noting));

        Throwable reported = catchThrowable(() -> listeners.cancelled(VERTEX, Duration.ZERO));

        assertThat(heard).containsExactly("cancelled");
        assertThat(reported).isSameAs(failure);
    }
}
