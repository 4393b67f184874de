package org.buildengine.snapshotter;

/**
 * Somebody who needs results: what at least one owner holds is never collected. Has a name, so that a listing says who
 * keeps what. Safe for use by several threads.
 */
public interface Owner extends AutoCloseable {
    /** Needs nothing. */
    Owner NONE = new Owner() {
        @Override
        public boolean hold(long resultId) {
            return true;
        }

        @Override
        public void close() {}
    };

    /**
     * Holds a result until this owner is closed; holding it again changes nothing.
     *
     * @return false if the result is gone, or this owner was closed: then it counts as never found
     */
    boolean hold(long resultId);

    /** Lets go of everything. Closing twice does nothing. */
    @Override
    void close();
}
