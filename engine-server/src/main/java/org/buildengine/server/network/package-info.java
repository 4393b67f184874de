/**
 * How executions reach the network: a setting of the daemon. The exec package asks for the namespace and for the files
 * that tell a container about names; nothing else here is visible to it.
 */
@NullMarked
package org.buildengine.server.network;

import org.jspecify.annotations.NullMarked;
