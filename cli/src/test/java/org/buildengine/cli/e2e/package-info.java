/**
 * The engine as its users meet it: the built distribution's launcher, real SDKs, a real registry, real containers. Nothing
 * here looks into the engine; what happened is read from outputs, exit codes, progress, and from what steps leave behind.
 */
@NullMarked
package org.buildengine.cli.e2e;

import org.jspecify.annotations.NullMarked;
