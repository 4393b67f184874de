package org.buildengine.server.http;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Header fields of a message: names in lower case, repeated ones in the order sent. Immutable. */
public final class HttpFields {
    private final Map<String, List<String>> fields;

    private HttpFields(Map<String, List<String>> fields) {
        this.fields = fields;
    }

    /** No field at all. */
    public static HttpFields none() {
        return new HttpFields(Map.of());
    }

    /** One field per entry; names that differ in case only are the same field, repeated. */
    public static HttpFields of(Collection<? extends Map.Entry<String, String>> entries) {
        var fields = new LinkedHashMap<String, List<String>>();
        for (Map.Entry<String, String> entry : entries) {
            fields.computeIfAbsent(entry.getKey().toLowerCase(Locale.ROOT), name -> new ArrayList<>(1))
                    .add(entry.getValue());
        }
        return new HttpFields(fields);
    }

    /** The first value of a field, by its name in any case. */
    public Optional<String> first(String name) {
        return all(name).stream().findFirst();
    }

    /** Every value of a field, by its name in any case. */
    public List<String> all(String name) {
        return List.copyOf(fields.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()));
    }

    /** The fields by lower-case name, values of repeated ones joined by a comma. */
    public Map<String, String> joined() {
        var joined = new LinkedHashMap<String, String>();
        fields.forEach((name, values) -> joined.put(name, String.join(", ", values)));
        return joined;
    }
}
