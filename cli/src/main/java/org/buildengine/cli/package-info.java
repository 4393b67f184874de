/**
 * The {@code engine} command line: parses arguments, starts or finds a daemon, runs the user's program beside a session,
 * shows progress, and ends with the right exit code.
 *
 * <p>Nobody calls this package; it calls {@code org.buildengine.client} for everything that talks to an engine and
 * {@code org.buildengine.server} to be one ({@code serve}, {@code --embedded}). Standard output belongs to the command's
 * result; everything else goes to standard error.
 */
@NullMarked
package org.buildengine.cli;

import org.jspecify.annotations.NullMarked;
