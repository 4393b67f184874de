package org.buildengine.session.leaks;

import java.util.ArrayList;
import java.util.List;

/** What leaked since somebody asked. Knows nothing of Netty, so that tests without it do not load it. */
final class Leaks {
    private static final List<String> REPORTS = new ArrayList<>();
    private static boolean watched;

    private Leaks() {}

    static synchronized void watched() {
        watched = true;
    }

    /** Whether Netty is in use and reports to us. */
    static synchronized boolean areWatched() {
        return watched;
    }

    static synchronized void add(String report) {
        REPORTS.add(report);
    }

    static synchronized List<String> take() {
        List<String> taken = List.copyOf(REPORTS);
        REPORTS.clear();
        return taken;
    }
}
