package org.buildengine.session.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntryOrderTest {
    private static final int[] CHARACTERS = {
        '!', '.', '/', '0', 'a', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x103ff, 0x10400, 0x10ffff
    };

    @Test
    void pathsAreComparedByBytesWithTheSlashLowest() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            String left = path(random);
            String right = path(random);
            assertThat(Integer.signum(EntryOrder.compare(left, right)))
                    .as("seed " + seed + ": " + left + " and " + right)
                    .isEqualTo(Integer.signum(Arrays.compareUnsigned(ranked(left), ranked(right))));
        }
    }

    private static String path(Random random) {
        var path = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            path.appendCodePoint(CHARACTERS[random.nextInt(CHARACTERS.length)]);
        }
        return path.toString();
    }

    private static byte[] ranked(String path) {
        return path.replace('/', '\0').getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({"n,1", "ü,2", "€,3", "😀,4"})
    void namesHaveAtMost255BytesAndPathsAtMost4096(String character, int bytes) throws Exception {
        String longest = character.repeat(255 / bytes);
        assertThatCode(() -> check(longest)).doesNotThrowAnyException();
        assertThatThrownBy(() -> check(longest + character)).hasMessageContaining("longer than 255 bytes");

        var order = new EntryOrder();
        var path = new StringBuilder();
        for (int i = 0; i < 16; i++) {
            order.check(TreeEntry.directory(
                    path.append(i < 15 ? longest : "s".repeat(150)).toString(), 0755, 0));
            path.append('/');
        }
        int left = 4096 - path.toString().getBytes(StandardCharsets.UTF_8).length;
        order.check(TreeEntry.file(path + "n".repeat(left), 0644, 0, 0));
        assertThatThrownBy(() -> order.check(TreeEntry.file(path + "n".repeat(left + 1), 0644, 0, 0)))
                .hasMessageContaining("longer than 4096 bytes");
    }

    @Test
    void hardLinksNameFilesThatWereSent() throws Exception {
        var order = new EntryOrder();
        for (String path : new String[] {"a", "b!", "c", "d"}) {
            order.check(TreeEntry.file(path, 0644, 1, 0));
        }
        order.check(TreeEntry.directory("e", 0755, 0));
        for (String first : new String[] {"a", "b!", "c", "d"}) {
            order.check(TreeEntry.file("e/" + first, 0644, 1, 0).asHardLinkOf(first));
        }
        for (String other : new String[] {"b", "e", "e/a", "z"}) {
            assertThatThrownBy(() -> order.check(TreeEntry.file("f", 0644, 1, 0).asHardLinkOf(other)))
                    .hasMessageContaining("which was not sent");
        }
    }

    private static void check(String path) throws Exception {
        new EntryOrder().check(TreeEntry.file(path, 0644, 0, 0));
    }
}
