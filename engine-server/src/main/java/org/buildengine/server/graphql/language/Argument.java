package org.buildengine.server.graphql.language;

/** An argument given to a field or a directive. */
public record Argument(String name, Value value, Position at) {}
