package org.buildengine.server.graphql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.core.Call;
import org.buildengine.server.core.CoreObject;
import org.buildengine.server.core.FieldRegistry;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.SolveException;

/** Just enough of the objects of the API to drive the door: everything is in memory, nothing is lazy. */
final class FakeCore {
    /** An object whose whole state is a map of texts. */
    record Thing(String typeName, TreeMap<String, String> state) implements CoreObject {
        static Thing of(String type) {
            return new Thing(type, new TreeMap<>());
        }

        Thing with(String key, String value) {
            var copy = new TreeMap<>(state);
            copy.put(key, value);
            return new Thing(typeName, copy);
        }

        @Override
        public Digest digest() {
            return Digest.of(typeName + state);
        }
    }

    private FakeCore() {}

    static void register(FieldRegistry fields) {
        directories(fields);
        files(fields);
        containers(fields);
        fields.field("Query", "json", call -> Thing.of("JSONValue"));
        fields.field("JSONValue", "withContents", call -> me(call).with("json", call.text("contents")));
        fields.field("JSONValue", "asInteger", call -> Long.valueOf(get(call, "json")));
    }

    private static void directories(FieldRegistry fields) {
        fields.field("Query", "directory", call -> Thing.of("Directory"));
        fields.field("Directory", "withNewFile", call -> me(call).with(call.text("path"), call.text("contents")));
        fields.field("Directory", "entries", call -> {
            if (me(call).state().containsKey("gone")) {
                throw new ApiException("NOT_FOUND", "stat gone: no such file or directory").late();
            }
            return me(call).state().keySet().stream()
                    .map(path -> path.replaceAll("/.*", "/"))
                    .distinct()
                    .toList();
        });
        fields.field("Directory", "glob", call -> {
            var all = new TreeMap<String, String>();
            for (String path : me(call).state().keySet()) {
                for (int i = path.indexOf('/'); i >= 0; i = path.indexOf('/', i + 1)) {
                    all.put(path.substring(0, i + 1), "");
                }
                all.put(path, "");
            }
            return List.copyOf(all.keySet());
        });
        fields.field("Directory", "name", call -> "/");
        fields.field("Directory", "digest", call -> me(call).digest().toString());
        fields.field("Directory", "filter", call -> me(call));
        fields.field("Directory", "sync", call -> call.idOf(me(call)));
        fields.field("Directory", "directory", call -> me(call).with(call.text("path"), ""));
        fields.field("Directory", "file", call -> file(call));
        fields.field("Directory", "stat", call -> {
            file(call);
            return null;
        });
        fields.field("Directory", "withDirectory", call -> call.object("source", Thing.class));
        fields.field("Directory", "search", call -> "not a list");
        fields.field("Directory", "export", call -> {
            throw new SolveException(SolveException.Kind.FAILED, null, "disk on fire", null);
        });
        fields.field("Directory", "chown", call -> {
            throw new IllegalStateException("a defect");
        });
        fields.field("Directory", "findUp", call -> null);
        fields.field("Directory", "withoutFile", call -> null);
    }

    private static Thing file(Call call) throws ApiException {
        String path = call.text("path");
        String contents = me(call).state().get(path);
        if (contents == null) {
            throw new ApiException("NOT_FOUND", "stat " + path + ": no such file or directory");
        }
        return Thing.of("File").with("name", path.replaceAll(".*/", "")).with("contents", contents);
    }

    private static void files(FieldRegistry fields) {
        fields.field(
                "Query",
                "file",
                call -> Thing.of("File").with("name", call.text("name")).with("contents", call.text("contents")));
        fields.field("File", "name", call -> get(call, "name"));
        fields.field("File", "contents", call -> get(call, "contents"));
        fields.field("File", "size", call -> get(call, "contents").length());
        fields.field("File", "withTimestamps", call -> {
            throw new ApiException(
                    "EXEC_ERROR",
                    "exit code: 3",
                    Map.of("_type", "EXEC_ERROR", "cmd", List.of("sh"), "exitCode", 3L, "stdout", "o", "stderr", "e"));
        });
    }

    private static void containers(FieldRegistry fields) {
        fields.field("Query", "container", call -> Thing.of("Container").with("platform", platform(call)));
        fields.field("Container", "platform", call -> get(call, "platform"));
        fields.field("Container", "withExposedPort", call -> {
            String skip = Boolean.toString(call.flag("experimentalSkipHealthcheck"));
            return me(call).with("port " + call.number("port") + " " + call.text("protocol"), skip);
        });
        fields.field("Container", "exposedPorts", call -> {
            var ports = new ArrayList<Thing>();
            me(call).state().forEach((key, skip) -> {
                if (key.startsWith("port ")) {
                    String[] parts = key.split(" ", -1);
                    ports.add(Thing.of("Port")
                            .with("port", parts[1])
                            .with("protocol", parts[2])
                            .with("skip", skip));
                }
            });
            return ports;
        });
        fields.field("Port", "port", call -> Long.valueOf(get(call, "port")));
        fields.field("Port", "protocol", call -> get(call, "protocol"));
        fields.field("Port", "experimentalSkipHealthcheck", call -> Boolean.valueOf(get(call, "skip")));
        fields.field(
                "Container", "withEnvVariable", call -> me(call).with("env " + call.text("name"), call.text("value")));
        fields.field("Container", "envVariables", call -> {
            var variables = new ArrayList<Thing>();
            me(call).state().forEach((key, value) -> {
                if (key.startsWith("env ")) {
                    variables.add(Thing.of("EnvVariable")
                            .with("name", key.substring(4))
                            .with("value", value));
                }
            });
            return variables;
        });
        fields.field("EnvVariable", "name", call -> get(call, "name"));
        fields.field("EnvVariable", "value", call -> get(call, "value"));
        fields.field("Container", "withRootfs", call -> {
            call.object("directory", Thing.class);
            return me(call);
        });
        fields.field("Container", "withMountedFile", call -> {
            call.object("source", Thing.class);
            return me(call);
        });
        fields.field("Container", "withFiles", call -> {
            var names = new LinkedHashMap<String, String>();
            for (Thing file : call.objects("sources", Thing.class)) {
                names.put("env " + file.state().get("name"), "");
            }
            Thing result = me(call);
            for (String name : names.keySet()) {
                result = result.with(name, "");
            }
            return result;
        });
        fields.field("Container", "up", call -> {
            List<String> ports = new ArrayList<>();
            for (Map<String, Object> port : call.inputs("ports")) {
                ports.add(port.get("frontend") + ":" + port.get("backend") + "/" + port.get("protocol"));
            }
            throw new ApiException("", String.join(",", ports));
        });
        fields.field("Container", "asService", call -> {
            throw new ApiException("", String.join(" ", call.texts("args")) + call.has("args"));
        });
        fields.field("Container", "withMountedCache", call -> {
            Optional<Thing> source = call.optionalObject("source", Thing.class);
            throw new ApiException("", "source " + source.isPresent());
        });
    }

    private static String platform(Call call) {
        return call.optionalText("platform").orElse("linux/amd64");
    }

    private static Thing me(Call call) {
        return call.receiver(Thing.class);
    }

    private static String get(Call call, String key) {
        String value = me(call).state().get(key);
        if (value == null) {
            throw new IllegalStateException("no " + key);
        }
        return value;
    }
}
