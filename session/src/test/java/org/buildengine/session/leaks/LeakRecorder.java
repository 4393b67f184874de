package org.buildengine.session.leaks;

import io.netty.util.ResourceLeakDetector;

/** Netty's leak detector, which the build names in a system property, with reports that fail tests. */
public final class LeakRecorder<T> extends ResourceLeakDetector<T> {
    /** Called by Netty, once for each kind of resource. */
    public LeakRecorder(Class<?> resourceType, int samplingInterval) {
        super(resourceType, samplingInterval);
        Leaks.watched();
    }

    /** The form of earlier versions, for which Netty looks too, and complains if it is not there. */
    @SuppressWarnings("deprecation")
    public LeakRecorder(Class<?> resourceType, int samplingInterval, long maxActive) {
        super(resourceType, samplingInterval, maxActive);
        Leaks.watched();
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
        super.reportTracedLeak(resourceType, records);
        Leaks.add(resourceType + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
        super.reportUntracedLeak(resourceType);
        Leaks.add(resourceType + ", by whom is not known");
    }
}
