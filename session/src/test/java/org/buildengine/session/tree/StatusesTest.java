package org.buildengine.session.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NotDirectoryException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StatusesTest {
    @ParameterizedTest
    @MethodSource("failures")
    void failureOfAFileSystemSaysWhy(IOException failure, String text) {
        assertThat(Statuses.describe(failure)).isEqualTo(text);
    }

    private static Stream<Arguments> failures() {
        return Stream.of(
                arguments(new FileAlreadyExistsException("/a"), "/a: file exists"),
                arguments(new FileAlreadyExistsException("/a", null, "is in the way"), "/a: is in the way"),
                arguments(new NotDirectoryException("/a"), "/a: not a directory"),
                arguments(new DirectoryNotEmptyException("/a"), "/a: directory not empty"),
                arguments(new FileSystemException("/a", null, "Read-only file system"), "/a: Read-only file system"));
    }
}
