package org.buildengine.session.leaks;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;

class NoLeakedBuffersTest {
    private static final ExtensionContext ANY = (ExtensionContext) Proxy.newProxyInstance(
            NoLeakedBuffersTest.class.getClassLoader(), new Class<?>[] {ExtensionContext.class}, (_, _, _) -> null);

    @Test
    void aBufferThatNobodyReleasesFailsTheTestsThatLostIt() {
        lose();

        assertThatThrownBy(() -> new NoLeakedBuffers().afterAll(ANY))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("1 leaked")
                .hasMessageContaining("NoLeakedBuffersTest");
        assertThatCode(() -> new NoLeakedBuffers().afterAll(ANY)).doesNotThrowAnyException();
    }

    private static void lose() {
        ByteBufAllocator.DEFAULT.buffer(16).writeInt(1);
    }
}
