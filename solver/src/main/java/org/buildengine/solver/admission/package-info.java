/**
 * Who may run now. A {@link org.buildengine.solver.admission.Gate} bounds how much of one resource is in use, and
 * shares it fairly among sessions; whoever waits at it can give up.
 */
@NullMarked
package org.buildengine.solver.admission;

import org.jspecify.annotations.NullMarked;
