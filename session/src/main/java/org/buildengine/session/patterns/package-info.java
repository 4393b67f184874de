/**
 * Which paths are meant: {@link org.buildengine.session.patterns.PathPatterns} for the include and exclude lists of the API
 * and of {@code .dockerignore}, {@link org.buildengine.session.patterns.GitIgnore} for {@code .gitignore}. Both ends use the
 * same code, so a filter means the same whoever applies it. All types are immutable.
 */
@NullMarked
package org.buildengine.session.patterns;

import org.jspecify.annotations.NullMarked;
