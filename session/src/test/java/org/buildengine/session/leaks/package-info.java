/**
 * Makes leaked buffers fail the tests of every module that has Netty. The build switches it on: Netty's own detector, set to
 * look at every buffer, is replaced by one that remembers.
 */
@NullMarked
package org.buildengine.session.leaks;

import org.jspecify.annotations.NullMarked;
