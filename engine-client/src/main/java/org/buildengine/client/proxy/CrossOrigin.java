package org.buildengine.client.proxy;

import java.util.ArrayList;
import java.util.List;
import org.buildengine.client.http.HttpField;
import org.buildengine.client.http.HttpHead;

/**
 * Whether pages of other origins may use the door from a browser (the Fetch standard, "HTTP-CORS protocol"). The secret is
 * asked for either way, but not in a preflight request, which a browser sends without it.
 */
public enum CrossOrigin {
    /** Browsers are told nothing, so they let only pages of the door's own origin read answers. */
    REFUSED,

    /** Any page may send any request and read its answer. */
    ALLOWED;

    private static final String ASKED_METHOD = "Access-Control-Request-Method";
    private static final String ASKED_HEADERS = "Access-Control-Request-Headers";

    /** Whether a request only asks if another one may be sent. */
    boolean isPreflight(String method, HttpHead request) {
        return this == ALLOWED
                && method.equals("OPTIONS")
                && request.first(ASKED_METHOD).isPresent();
    }

    /** What a preflight request is answered: whatever it asks for is granted. */
    List<HttpField> granted(HttpHead preflight) {
        List<HttpField> fields = new ArrayList<>(fields());
        preflight
                .first(ASKED_METHOD)
                .ifPresent(method -> fields.add(new HttpField("Access-Control-Allow-Methods", method)));
        preflight
                .first(ASKED_HEADERS)
                .ifPresent(names -> fields.add(new HttpField("Access-Control-Allow-Headers", names)));
        fields.add(new HttpField("Vary", ASKED_METHOD + ", " + ASKED_HEADERS));
        return fields;
    }

    /** What every answer says. */
    List<HttpField> fields() {
        return this == ALLOWED ? List.of(new HttpField("Access-Control-Allow-Origin", "*")) : List.of();
    }
}
