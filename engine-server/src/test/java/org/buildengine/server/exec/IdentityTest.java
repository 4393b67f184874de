package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
    private static final String PASSWD = """
            # accounts
            root:x:0:0:root:/root:/bin/sh
            bob:x:1000:1001:Bob:/home/bob:/bin/sh
            1000:x:7:7:a name that is a number:/seven:/bin/sh
            broken:x:many:0::/:
            short:x
            """;
    private static final String GROUP = """
            root:x:0:
            bob:x:1001:
            wheel:x:10:alice,bob
            audio:x:5:bob
            again:x:10:bob
            """;

    private static Identity find(String user) throws Identity.UnknownException {
        return Identity.find(user, PASSWD, GROUP);
    }

    @Test
    void nobodyNamedIsRoot() throws Exception {
        assertThat(find("")).isEqualTo(new Identity(0, 0, List.of(), "/root"));
        assertThat(Identity.find("", "", "")).isEqualTo(new Identity(0, 0, List.of(), "/"));
    }

    @Test
    void aNameBringsItsGroupsEachOnceAndSorted() throws Exception {
        assertThat(find("bob")).isEqualTo(new Identity(1000, 1001, List.of(5, 10), "/home/bob"));
    }

    @Test
    void aNameThatIsANumberGoesBeforeTheNumber() throws Exception {
        assertThat(find("1000").uid()).isEqualTo(7);
    }

    @Test
    void aNumberNeedsNoEntry() throws Exception {
        assertThat(find("4711")).isEqualTo(new Identity(4711, 0, List.of(), "/"));
        assertThat(find("4711:4712")).isEqualTo(new Identity(4711, 4712, List.of(), "/"));
    }

    @Test
    void aGroupThatIsNamedIsTheOnlyOne() throws Exception {
        assertThat(find("bob:wheel")).isEqualTo(new Identity(1000, 10, List.of(), "/home/bob"));
        assertThat(find(":wheel").gid()).isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"alice", "broken", "-1", "2147483648", "99999999999", "bob:nobody", "bob:-2", "short"})
    void whoIsNotThereIsRefused(String user) {
        assertThatThrownBy(() -> find(user))
                .isInstanceOf(Identity.UnknownException.class)
                .hasMessageStartingWith("unable to find ")
                .hasMessageContaining("no matching entries in");
    }

    @Test
    void answerThatIsRememberedIsThatOfTheSameQuestion() throws Exception {
        var identities = new Identities();
        String others = PASSWD.replace("/root", "/elsewhere");
        for (int round = 0; round < 2; round++) {
            assertThat(identities.find("", PASSWD, GROUP)).isEqualTo(find(""));
            assertThat(identities.find("", PASSWD, GROUP)).isEqualTo(find(""));
            assertThat(identities.find("", others, GROUP).home()).isEqualTo("/elsewhere");
            assertThat(identities.find("12", PASSWD, GROUP)).isEqualTo(find("12"));
            assertThat(identities.find("12", PASSWD, "")).isEqualTo(Identity.find("12", PASSWD, ""));
        }
    }
}
