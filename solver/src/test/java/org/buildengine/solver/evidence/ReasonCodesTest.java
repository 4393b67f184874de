package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Stores hold reasons in these bytes. */
class ReasonCodesTest {
    private static final Instant TIME = Instant.ofEpochSecond(1000);
    private static final List<FileChange> FILES = List.of(new FileChange("/a", "b", "c"));

    static Stream<Arguments> reasons() {
        return Stream.of(
                arguments(new Reason.NeverSeen(), "00"),
                arguments(
                        new Reason.InputChanged("in", Reason.Extent.FILES, FILES, 2),
                        "010002696e000100022f6100016200016300000002"),
                arguments(
                        new Reason.UpstreamChanged(4, "", Reason.Extent.UNKNOWN, List.of(), 0),
                        "02000000040000020000000000"),
                arguments(
                        new Reason.UpstreamChanged(0, "up", Reason.Extent.ADDED, List.of(), 0),
                        "020000000000027570030000000000"),
                arguments(new Reason.OperationChanged(Field.Group.SETTING, "n", "x", "y"), "030200016e000178000179"),
                arguments(new Reason.Evicted(TIME, "gc", 7), "0400000000000003e8000267630000000000000007"),
                arguments(new Reason.Lost(), "05"),
                arguments(
                        new Reason.Unfinished(Outcome.CANCELLED, "b", Optional.of(Cancellation.ENGINE_DIED)),
                        "060300016206"),
                arguments(new Reason.Unfinished(Outcome.FAILED, "b", Optional.empty()), "060200016200"),
                arguments(new Reason.Expired(TIME, Duration.ofMillis(5)), "0700000000000003e80000000000000005"),
                arguments(new Reason.Forbidden(Reason.Policy.PER_SESSION), "0801"),
                arguments(
                        new Reason.NonDeterministic(5, "", Reason.Extent.FILES, FILES, 0),
                        "09000000050000000100022f6100016200016300000000"),
                arguments(new Reason.Unexplained(), "0a"),
                arguments(
                        new Reason.PolicyChanged(6, "", "p", "q", Reason.Extent.SAME_FILES),
                        "0b00000006000000017000017101"),
                arguments(new Reason.OrderChanged(Reason.Shift.REMOVED, 3, "n", "b"), "0c020000000300016e000162"));
    }

    @ParameterizedTest
    @MethodSource("reasons")
    void reasonHasTheBytesThatStoresHold(Reason reason, String hex) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ReasonCodes.write(reason, new DataOutputStream(bytes));
        assertThat(HexFormat.of().formatHex(bytes.toByteArray())).isEqualTo(hex);
        assertThat(read(hex)).isEqualTo(reason);
    }

    @Test
    void codeOfANewerEngineIsRefused() {
        assertThatThrownBy(() -> read("0d")).isInstanceOf(IOException.class).hasMessage("a reason has code 13");
    }

    private static Reason read(String hex) throws IOException {
        return ReasonCodes.read(
                new DataInputStream(new ByteArrayInputStream(HexFormat.of().parseHex(hex))), true);
    }
}
