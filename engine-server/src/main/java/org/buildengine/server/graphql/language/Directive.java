package org.buildengine.server.graphql.language;

import java.util.List;

/** A directive applied to something; {@code at} is the place of its name. */
public record Directive(String name, List<Argument> arguments, Position at) {}
