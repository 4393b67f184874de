package org.buildengine.session.hostfiles;

/**
 * One name in a directory on disk.
 *
 * @param name the name alone
 * @param node what it names
 * @param linkTarget where a symbolic link points; empty for everything else
 */
record DiskChild(String name, DiskNode node, String linkTarget) {}
