package org.buildengine.server.llb;

import com.google.protobuf.Message;
import java.util.ArrayDeque;
import java.util.List;
import org.buildengine.server.core.ApiException;

/**
 * Looks at all parts of a definition's operations before any is decoded: how many they are, and whether there are some that this
 * engine does not know. Used by one thread.
 */
final class OpSurvey {
    static final int MOST_PARTS = 1_000_000;

    private int parts;

    /**
     * Adds an operation.
     *
     * @throws ApiException if it has a field that is not known here, or if there are too many parts with it
     */
    void take(Message op) throws ApiException {
        var open = new ArrayDeque<Message>();
        open.push(op);
        while (!open.isEmpty()) {
            Message message = open.pop();
            if (!message.getUnknownFields().asMap().isEmpty()) {
                int field =
                        message.getUnknownFields().asMap().keySet().iterator().next();
                throw Refusals.unsupported(
                        "field " + field + " of "
                                + message.getDescriptorForType().getName(),
                        "this engine does not know it; use a client of the time of this engine, or do without");
            }
            for (Object value : message.getAllFields().values()) {
                List<?> values = value instanceof List<?> list ? list : List.of(value);
                count(values.size());
                for (Object each : values) {
                    if (each instanceof Message part) {
                        open.push(part);
                    }
                }
            }
        }
    }

    private void count(int more) throws ApiException {
        parts += more;
        if (parts > MOST_PARTS) {
            throw Refusals.tooLarge("the operations up to this one have more than " + MOST_PARTS
                    + " parts: describe the work in several definitions");
        }
    }
}
