package org.buildengine.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueryExceptionTest {
    private static String message(String error) throws IOException {
        return String.valueOf(new QueryException(List.of(new JsonMapper().readTree(error))).getMessage());
    }

    @Test
    void errorOfAFieldNamesTheField() throws IOException {
        assertThat(message(
                        "{\"message\": \"no\", \"path\": [\"a\", 1], \"locations\": [{\"line\": 1, \"column\": 2}]}"))
                .isEqualTo("no (at a.1)");
    }

    /** "Expected Name, found <EOF>" alone sends nobody to the brace that is missing in a document of some pages. */
    @Test
    void errorOfADocumentNamesThePlaceInItsText() throws IOException {
        assertThat(message("{\"message\": \"no\", \"locations\": [{\"line\": 3, \"column\": 14}]}"))
                .isEqualTo("no (at line 3, column 14)");
    }

    @Test
    void errorNamesItsCode() throws IOException {
        assertThat(message("{\"message\": \"no [traceparent:" + "0".repeat(32) + "-" + "0".repeat(16)
                        + "]\", \"path\": [\"a\"], \"extensions\": {\"code\": \"NOT_FOUND\"}}"))
                .isEqualTo("no (at a) [NOT_FOUND]");
        assertThat(message("{\"message\": \"no\", \"extensions\": {\"_type\": \"EXEC_ERROR\", \"exitCode\": 1}}"))
                .isEqualTo("no [EXEC_ERROR]");
    }

    @Test
    void errorWithoutAPlaceIsToldAsItIs() throws IOException {
        assertThat(message("{\"message\": \"no\"}")).isEqualTo("no");
        assertThat(message("{\"message\": \"no\", \"path\": [], \"locations\": []}"))
                .isEqualTo("no");
    }
}
