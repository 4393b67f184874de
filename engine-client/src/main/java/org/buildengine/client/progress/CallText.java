package org.buildengine.client.progress;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.buildengine.client.telemetry.SpanUpdate;
import org.buildengine.session.Beginning;
import org.jspecify.annotations.Nullable;

/**
 * Names a step so that its author recognises it: the command of an execution, the address of an image, the path of a
 * directory. The arguments come from the call that the engine attaches to a span (protocol notes, 8.4: {@code dagger.Call},
 * whose field 4 are arguments of a name and a literal).
 */
final class CallText {
    private static final int ARGUMENTS = 4;
    private static final int LITERAL_STRING = 7;
    private static final int LITERAL_LIST = 8;
    private static final int MAX_LENGTH = 160;

    private CallText() {}

    static String of(SpanUpdate span) {
        Map<String, List<String>> arguments =
                span.attribute("dagger.io/dag.call").map(CallText::arguments).orElse(Map.of());
        String text = switch (span.name()) {
            case "Container.withExec" -> "exec " + words(arguments.get("args"), span);
            case "Container.from" -> "from " + words(arguments.get("address"), span);
            case "Host.directory" -> "host directory " + words(arguments.get("path"), span);
            case "Host.file" -> "host file " + words(arguments.get("path"), span);
            default ->
                arguments.containsKey("path") ? span.name() + " " + words(arguments.get("path"), span) : span.name();
        };
        String line = OutputLines.plain(text);
        return line.length() <= MAX_LENGTH ? line : Beginning.of(line, MAX_LENGTH - 3) + "...";
    }

    private static String words(@Nullable List<String> words, SpanUpdate span) {
        if (words == null || words.isEmpty()) {
            return span.id();
        }
        return words.stream().map(ShellWord::quoted).collect(Collectors.joining(" "));
    }

    private static Map<String, List<String>> arguments(String encoded) {
        Map<String, List<String>> arguments = new LinkedHashMap<>();
        try {
            CodedInputStream call =
                    CodedInputStream.newInstance(Base64.getDecoder().decode(encoded));
            for (int tag = call.readTag(); tag != 0; tag = call.readTag()) {
                if (isMessage(tag, ARGUMENTS)) {
                    argument(call.readBytes().newCodedInput(), arguments);
                } else {
                    call.skipField(tag);
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            // An unreadable call costs a step its nice name and nothing else.
            return Map.of();
        }
        return arguments;
    }

    private static void argument(CodedInputStream argument, Map<String, List<String>> into) throws IOException {
        String name = "";
        List<String> values = new ArrayList<>();
        for (int tag = argument.readTag(); tag != 0; tag = argument.readTag()) {
            if (isMessage(tag, 1)) {
                name = argument.readString();
            } else if (isMessage(tag, 2)) {
                literal(argument.readBytes().newCodedInput(), values);
            } else {
                argument.skipField(tag);
            }
        }
        into.put(name, values);
    }

    private static void literal(CodedInputStream literal, List<String> values) throws IOException {
        for (int tag = literal.readTag(); tag != 0; tag = literal.readTag()) {
            if (isMessage(tag, LITERAL_STRING)) {
                values.add(literal.readString());
            } else if (isMessage(tag, LITERAL_LIST)) {
                CodedInputStream list = literal.readBytes().newCodedInput();
                for (int item = list.readTag(); item != 0; item = list.readTag()) {
                    if (isMessage(item, 1)) {
                        literal(list.readBytes().newCodedInput(), values);
                    } else {
                        list.skipField(item);
                    }
                }
            } else {
                literal.skipField(tag);
            }
        }
    }

    private static boolean isMessage(int tag, int field) {
        return WireFormat.getTagFieldNumber(tag) == field
                && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
    }
}
