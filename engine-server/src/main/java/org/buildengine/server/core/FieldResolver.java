package org.buildengine.server.core;

import org.jspecify.annotations.Nullable;

/** Computes one field of the API. */
@FunctionalInterface
public interface FieldResolver {
    /**
     * Resolves the field of {@code call}.
     *
     * @return a {@link CoreObject}, a scalar (String, Long, Integer, Boolean), an enum name, a list of these, or null
     * @throws ApiException if the caller asked for something that cannot be
     */
    @Nullable
    Object resolve(Call call) throws Exception;
}
