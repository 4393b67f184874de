package org.buildengine.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Any value of the header: it is read, and then written and read again alike, or refused by our own error. */
class ClientMetadataFuzzTest {
    @FuzzTest
    void anyHeaderIsReadOrRefused(byte[] bytes) {
        read(new String(bytes, StandardCharsets.ISO_8859_1));
        read(Base64.getEncoder().encodeToString(bytes));
    }

    private static void read(String header) {
        ClientMetadata metadata;
        try {
            metadata = ClientMetadata.decode(header);
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.startsWith("the client metadata in the header") && !message.contains("exclude each other")) {
                throw new AssertionError("an error that is not ours", e);
            }
            return;
        }
        int entries = metadata.labels().size() + metadata.interactiveCommand().size();
        assertThat(entries).as("entries").isLessThanOrEqualTo(header.length());
        String written = metadata.encode();
        assertThat(ClientMetadata.decode(written).encode()).as("read again").isEqualTo(written);
    }
}
