package org.buildengine.server.graphql;

import static graphql.schema.FieldCoordinates.coordinates;
import static graphql.schema.GraphQLList.list;
import static graphql.schema.GraphQLNonNull.nonNull;
import static java.util.Comparator.comparing;

import graphql.Scalars;
import graphql.language.AstPrinter;
import graphql.language.Value;
import graphql.schema.DataFetcher;
import graphql.schema.GraphQLAppliedDirective;
import graphql.schema.GraphQLAppliedDirectiveArgument;
import graphql.schema.GraphQLCodeRegistry;
import graphql.schema.GraphQLDirective;
import graphql.schema.GraphQLDirectiveContainer;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLSchemaElement;
import graphql.schema.GraphQLTypeVisitorStub;
import graphql.schema.SchemaTransformer;
import graphql.util.TraversalControl;
import graphql.util.TraverserContext;
import java.util.List;
import java.util.Set;

/**
 * Adds to introspection what code generators of the SDKs ask for and the standard lacks: a field {@code directives} of
 * types, fields, arguments and enum members, which lists the directives on their declaration; and hides the directives
 * that the library declares without being asked. The library can show
 * these, too, but under another name and with other types.
 */
final class AppliedDirectives {
    private static final Set<String> EXTENDED = Set.of("__Type", "__Field", "__InputValue", "__EnumValue");
    private static final String FIELD = "directives";

    /** What the library declares of its own accord and we do not do. */
    private static final Set<String> NOT_SERVED =
            Set.of("defer", "experimental_disableErrorPropagation", "oneOf", "specifiedBy");

    private static final GraphQLObjectType ARGUMENT = GraphQLObjectType.newObject()
            .name("_DirectiveApplicationArg")
            .description("An argument given to a directive in the schema.")
            .field(field ->
                    field.name("name").description("Name of the argument.").type(nonNull(Scalars.GraphQLString)))
            .field(field -> field.name("value")
                    .description("The value as it is written in the schema.")
                    .type(Scalars.GraphQLString))
            .build();

    private static final GraphQLObjectType APPLICATION = GraphQLObjectType.newObject()
            .name("_DirectiveApplication")
            .description("A directive applied to a part of the schema.")
            .field(field ->
                    field.name("name").description("Name of the directive.").type(nonNull(Scalars.GraphQLString)))
            .field(field -> field.name("args").description("What it was given.").type(nonNull(list(nonNull(ARGUMENT)))))
            .build();

    private AppliedDirectives() {}

    /** The directives that are served, by name. */
    static List<GraphQLDirective> served(GraphQLSchema schema) {
        return schema.getDirectives().stream()
                .filter(directive -> !NOT_SERVED.contains(directive.getName()))
                .sorted(comparing(GraphQLDirective::getName))
                .toList();
    }

    /** The schema with these fields. */
    static GraphQLSchema show(GraphQLSchema schema) {
        return SchemaTransformer.transformSchema(schema, new GraphQLTypeVisitorStub() {
            @Override
            public TraversalControl visitGraphQLObjectType(
                    GraphQLObjectType type, TraverserContext<GraphQLSchemaElement> context) {
                GraphQLCodeRegistry.Builder code = context.getVarFromParents(GraphQLCodeRegistry.Builder.class);
                if (type.getName().equals("__Schema")) {
                    DataFetcher<List<GraphQLDirective>> served = call -> served(call.getGraphQLSchema());
                    code.dataFetcher(coordinates(type.getName(), FIELD), served);
                }
                if (!EXTENDED.contains(type.getName())) {
                    return TraversalControl.CONTINUE;
                }
                register(type.getName(), code);
                return changeNode(context, extended(type));
            }
        });
    }

    private static GraphQLObjectType extended(GraphQLObjectType type) {
        return type.transform(changed -> changed.field(field -> field.name(FIELD)
                .description("Directives on the declaration.")
                .type(nonNull(list(nonNull(APPLICATION))))));
    }

    private static void register(String type, GraphQLCodeRegistry.Builder code) {
        DataFetcher<List<GraphQLAppliedDirective>> applied =
                call -> call.getSource() instanceof GraphQLDirectiveContainer declared
                        ? declared.getAppliedDirectives()
                        : List.of();
        DataFetcher<List<GraphQLAppliedDirectiveArgument>> arguments =
                call -> call.getSource() instanceof GraphQLAppliedDirective directive
                        ? directive.getArguments().stream()
                                .filter(argument -> argument.getArgumentValue().isSet())
                                .toList()
                        : List.of();
        DataFetcher<String> value = call -> call.getSource() instanceof GraphQLAppliedDirectiveArgument argument
                        && argument.getArgumentValue().getValue() instanceof Value<?> literal
                ? AstPrinter.printAst(literal)
                : null;
        code.dataFetcher(coordinates(type, FIELD), applied);
        code.dataFetcher(coordinates(APPLICATION.getName(), "args"), arguments);
        code.dataFetcher(coordinates(ARGUMENT.getName(), "value"), value);
    }
}
