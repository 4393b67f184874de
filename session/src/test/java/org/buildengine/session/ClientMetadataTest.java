package org.buildengine.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientMetadataTest {
    /** As a client of Dagger 0.21.8 sends it. */
    private static final String REAL = """
            {"client_id":"rtme4wzvhxnlar26539lx3zry",\
            "client_secret_token":"dd4248b2-2863-4e15-a8f6-bf8dca30b2a6","session_id":"i6bhsty52g25j3ptkf7ez84w4",\
            "client_hostname":"host1","client_stable_id":"stableid0000000000000000a","client_version":"",\
            "labels":{"dagger.io/ci":"false","dagger.io/client.version":""},"interactive":false,\
            "interactive_command":["/bin/sh"],"upstream_cache_import_config":null,\
            "upstream_cache_export_config":null,"cloud_org":"","do_not_track":true,\
            "ssh_auth_socket_path":"","allowed_llm_modules":null,"eager_runtime":false}""";

    @Test
    void realHeaderIsReadAndWrittenBackByteForByte() {
        ClientMetadata metadata = ClientMetadata.decode(encode(REAL));
        assertThat(metadata.clientId()).isEqualTo("rtme4wzvhxnlar26539lx3zry");
        assertThat(metadata.doNotTrack()).isTrue();
        assertThat(metadata.labels()).containsEntry("dagger.io/ci", "false");
        assertThat(metadata.encode()).isEqualTo(encode(REAL));
    }

    @Test
    void unknownKeysNullsAndOtherCaseAreAccepted() {
        ClientMetadata metadata = ClientMetadata.decode(
                encode(
                        "{\"CLIENT_ID\":\"a\",\"Client_Secret_Token\":\"b\",\"session_id\":\"c\",\"labels\":null,\"new\":{\"x\":1}}"));
        assertThat(metadata.clientId()).isEqualTo("a");
        assertThat(metadata.labels()).isEmpty();
    }

    @Test
    void brokenHeadersAreRefusedWithoutRepeatingSecrets() {
        assertRefused("", "missing");
        assertRefused("%%%", "base64");
        assertRefused(encode("hello"), "JSON");
        assertRefused(encode("[]"), "JSON object");
        assertRefused(encode("{\"client_id\":\"a\",\"session_id\":\"c\"}"), "client_secret_token");
        assertRefused(encode("{\"client_id\":1}"), "client_id");
        assertRefused("A".repeat(ClientMetadata.MAX_HEADER_LENGTH + 1), "longer");
        assertThat(ClientMetadata.decode(encode(REAL)).toString()).doesNotContain("dd4248b2");
    }

    @Test
    void namesThatCouldPassForAnotherLineOfALogAreRefused() {
        for (String odd : List.of("a\\nb", "a\\u0000", "\\u007f", "\\u00e9", "\\u202e", "\\t")) {
            assertRefused(
                    encode("{\"client_id\":\"" + odd + "\",\"client_secret_token\":\"t\",\"session_id\":\"s\"}"),
                    "client_id has characters that are not printable ASCII");
            assertRefused(
                    encode("{\"client_id\":\"c\",\"client_secret_token\":\"t\",\"session_id\":\"" + odd + "\"}"),
                    "session_id has characters that are not printable ASCII");
        }
        assertRefused(
                encode("{\"client_id\":\"" + "c".repeat(257)
                        + "\",\"client_secret_token\":\"t\",\"session_id\":\"s\"}"),
                "client_id is longer than 256 characters");
    }

    @Test
    void versionsFollowTheRulesOfTheProtocol() {
        ClientVersion own = new ClientVersion(0, 21, 8, "");
        assertThat(ClientVersion.normalize("", own)).isEqualTo(own);
        assertThat(ClientVersion.normalize("0.20.1", own)).hasToString("v0.20.1");
        assertThat(ClientVersion.normalize("garbage", own)).hasToString("v0.11.9");
        assertThat(ClientVersion.normalize("garbage", own).isAccepted(own)).isFalse();
        assertThat(ClientVersion.normalize("v0.18.99", own).isAccepted(own)).isFalse();
        assertThat(ClientVersion.normalize("v0.19.0", own).isAccepted(own)).isTrue();
        assertThat(ClientVersion.normalize("v0.19.0-rc.1", own).isAccepted(own)).isFalse();
        assertThat(ClientVersion.normalize("v1.0.0-beta.11", own).isAccepted(own))
                .isTrue();
    }

    private static void assertRefused(String header, String why) {
        assertThatThrownBy(() -> ClientMetadata.decode(header))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    private static String encode(String json) {
        return Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatIsWrittenIsReadAgainWhateverIsInIt() {
        String odd = "a \"quoted\" \\ path\n\t\u0001 \u00e9\u4e2d\ud83d\ude00";
        ClientMetadata written = new ClientMetadata(
                "c",
                "t",
                "s",
                odd,
                odd,
                "v0.21.8",
                java.util.Map.of(odd, odd, "x", ""),
                true,
                java.util.List.of(odd, ""),
                true,
                odd,
                false,
                true,
                odd,
                odd);
        assertThat(ClientMetadata.decode(written.encode())).isEqualTo(written);
    }
}
