/**
 * What the engine asks of a client that is attached. {@link org.buildengine.session.attachables.Attachables} is the
 * connection; {@link org.buildengine.session.attachables.HostFiles},
 * {@link org.buildengine.session.attachables.HostExport}, {@link org.buildengine.session.attachables.HostCredentials} and
 * {@link org.buildengine.session.attachables.HostSecrets} are the questions.
 *
 * <p>All calls block and belong on virtual threads; all end when the client goes away. A slow answer or a slow receiver
 * stalls only its own call.
 */
@NullMarked
package org.buildengine.session.attachables;

import org.jspecify.annotations.NullMarked;
