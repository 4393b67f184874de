/**
 * How a file tree travels over one stream: entries in strict order, contents on request, both ways.
 *
 * <p>{@link org.buildengine.session.tree.TreeSender} reads a {@link org.buildengine.session.tree.TreeSource},
 * {@link org.buildengine.session.tree.TreeReceiver} fills a {@link org.buildengine.session.tree.TreeSink}; an import and
 * an export differ only in who plays which part. Between our own client and engine an import takes fewer and larger messages:
 * {@link org.buildengine.session.tree.BatchSender} and {@link org.buildengine.session.tree.BatchReceiver}. The peer is never trusted: order, names, links and sizes are checked.
 * Memory is bounded on both sides, because a message is asked of the transport only when the one before was consumed.
 */
@NullMarked
package org.buildengine.session.tree;

import org.jspecify.annotations.NullMarked;
