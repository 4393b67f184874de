/**
 * Who may run now. A {@link org.buildengine.solver.admission.Gate} bounds how much of one resource is in use; whoever
 * waits at it waits in order and can give up.
 */
@NullMarked
package org.buildengine.solver.admission;

import org.jspecify.annotations.NullMarked;
