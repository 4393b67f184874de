package org.buildengine.client;

/**
 * Starts the threads of a client. They are threads of the system, not virtual ones: those wait for sockets by way of a thread
 * that polls for all of them and never ends, and the virtual machine waits for such a thread before it exits, for 300 ms.
 */
public final class ClientThread {
    private ClientThread() {}

    /**
     * Starts a thread that does not keep the process alive.
     *
     * @param name what it does, for thread dumps
     * @param task ends by itself when what it reads from is closed
     */
    public static Thread start(String name, Runnable task) {
        return Thread.ofPlatform().daemon().name(name).start(task);
    }
}
