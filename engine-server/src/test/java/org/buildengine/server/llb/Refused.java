package org.buildengine.server.llb;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.buildengine.server.core.ApiException;
import org.buildengine.session.wire.pb.Input;
import org.buildengine.session.wire.pb.Op;

/** What is said about a definition that is not taken: the place, the code and the text. */
final class Refused {
    private Refused() {}

    /** The last operation of {@code definition}, which is {@code op}. */
    static void op(Definitions definition, Op.Builder op, String code, String text) {
        String kind = op.getOpCase() == Op.OpCase.OP_NOT_SET
                ? ""
                : op.getOpCase().name().toLowerCase(java.util.Locale.ROOT) + " ";
        Input result = definition.add(op);
        bytes(
                definition.ending(result),
                code,
                kind + "op " + (definition.size() - 2) + " ("
                        + result.getDigest().substring(0, 19) + "): " + text);
    }

    static void op(Op.Builder op, String code, String text) {
        op(new Definitions(), op, code, text);
    }

    static void unsupported(Op.Builder op, String what, String instead) {
        op(op, "UNSUPPORTED", what + " is not supported in a definition: " + instead);
    }

    static void invalid(Op.Builder op, String text) {
        op(op, "INVALID_ARGUMENT", text);
    }

    static void bytes(byte[] definition, String code, String message) {
        assertThatThrownBy(() -> Definitions.decoded(definition))
                .hasMessage(message)
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> org.assertj.core.api.Assertions.assertThat(e.code())
                                .isEqualTo(code));
    }
}
