package org.buildengine.server.core.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.buildengine.server.fixture.ClientFixture;
import org.buildengine.server.fixture.EngineProcess;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running engine and the files of a client that is attached to it, in both directions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AttachedHostsIT {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private EngineProcess engine;
    private Path workdir;
    private ClientFixture client;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        engine = EngineProcess.start(directory, List.of());
    }

    @AfterAll
    void stop() throws Exception {
        engine.close();
    }

    @BeforeEach
    void attach(@TempDir Path directory) throws Exception {
        workdir = directory.resolve("work");
        Files.createDirectory(workdir);
        client = ClientFixture.attach(engine.uri(), workdir, Map.of());
    }

    @AfterEach
    void detach() throws Exception {
        client.close();
    }

    private JsonNode answer(String query) throws IOException, InterruptedException {
        byte[] body = MAPPER.writeValueAsBytes(MAPPER.createObjectNode().put("query", query));
        return MAPPER.readTree(client.endpoint().post(body).body());
    }

    private JsonNode data(String query) throws IOException, InterruptedException {
        JsonNode answer = answer(query);
        assertThat(answer.path("errors")).as(answer.toString()).isEmpty();
        return answer.path("data");
    }

    private String error(String query) throws IOException, InterruptedException {
        return answer(query).path("errors").path(0).path("message").asText();
    }

    private static List<String> texts(JsonNode list) {
        return MAPPER.convertValue(list, MAPPER.getTypeFactory().constructCollectionType(List.class, String.class));
    }

    private List<String> glob(String directoryArguments) throws IOException, InterruptedException {
        return texts(data("{ host { directory(" + directoryArguments + ") { glob(pattern: \"**\") } } }")
                .at("/host/directory/glob"));
    }

    private void write(String path, String text) throws IOException {
        Path file = workdir.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void modesLinksAndTimesTravelOwnersDoNot() throws Exception {
        write("bin/tool", "#!/bin/sh\n");
        Files.setPosixFilePermissions(workdir.resolve("bin/tool"), PosixFilePermissions.fromString("rwxr-x---"));
        Files.setAttribute(workdir.resolve("bin/tool"), "unix:uid", 1234);
        Files.createSymbolicLink(workdir.resolve("link"), Path.of("bin/tool"));
        Files.createSymbolicLink(workdir.resolve("away"), Path.of("/etc/passwd"));
        Files.createLink(workdir.resolve("zz-second-name"), workdir.resolve("bin/tool"));
        Files.createDirectories(workdir.resolve("empty"));

        JsonNode directory = data("{ host { directory(path: \".\") { glob(pattern: \"**\") digest"
                        + " tool: stat(path: \"bin/tool\") { permissions size }"
                        + " link: stat(path: \"link\", doNotFollowSymlinks: true) { fileType }"
                        + " second: file(path: \"zz-second-name\") { contents } away: exists(path: \"away\") } } }")
                .at("/host/directory");

        assertThat(texts(directory.path("glob")))
                .containsExactly("away", "bin/", "bin/tool", "empty/", "link", "zz-second-name");
        assertThat(directory.at("/tool/permissions").asInt()).isEqualTo(0750);
        assertThat(directory.at("/link/fileType").asText()).isEqualTo("SYMLINK");
        assertThat(directory.at("/second/contents").asText()).isEqualTo("#!/bin/sh\n");
        assertThat(directory.path("away").asBoolean()).isFalse();

        Files.setAttribute(workdir.resolve("bin/tool"), "unix:uid", 77);
        Files.setLastModifiedTime(workdir.resolve("bin/tool"), FileTime.from(1, TimeUnit.DAYS));
        assertThat(data("{ host { directory(path: \".\", noCache: true) { digest } } }")
                        .at("/host/directory/digest"))
                .isEqualTo(directory.path("digest"));
    }

    @Test
    void theIgnoreFilesOfTheWholeRepositoryCount() throws Exception {
        Files.createDirectories(workdir.resolve("repo/.git"));
        write("repo/.gitignore", "*.log\n/other\n!keep.log\n");
        write("repo/a/.gitignore", "tmp/\n");
        write("repo/a/b/.gitignore", "!again.log\n");
        write("repo/a/b/x.log", "");
        write("repo/a/b/again.log", "");
        write("repo/a/b/keep.log", "");
        write("repo/a/b/tmp/y", "");
        write("repo/a/b/c/other", "");
        write("repo/a/b/c/z.txt", "");

        assertThat(glob("path: \"repo/a/b\", gitignore: true"))
                .containsExactly(".gitignore", "again.log", "c/", "c/other", "c/z.txt", "keep.log");
        assertThat(glob("path: \"repo/a/b\", gitignore: true, include: [\"c\", \"*.log\"], exclude: [\"**/*.txt\"]"))
                .containsExactly("again.log", "c/", "c/other", "keep.log");
        assertThat(glob("path: \"repo/a/b\", include: [\"*.log\"]")).containsExactly("again.log", "keep.log", "x.log");
        assertThat(glob("path: \"repo/a/b\", gitignore: true, exclude: [\"**\"]"))
                .isEmpty();
    }

    @Test
    void withoutARepositoryTheIgnoreFilesOfTheDirectoryCount() throws Exception {
        write(".gitignore", "*\n");
        write("sub/.gitignore", "*.log\n");
        write("sub/a.log", "");
        write("sub/b", "");

        assertThat(glob("path: \"sub\", gitignore: true")).containsExactly(".gitignore", "b");
    }

    @Test
    void aDirectoryBehindALinkIsRead() throws Exception {
        write("real/f", "F");
        Files.createSymbolicLink(workdir.resolve("link"), Path.of("real"));

        assertThat(glob("path: \"link\"")).containsExactly("f");
        assertThat(glob("path: \"link\", gitignore: true")).containsExactly("f");
    }

    @Test
    void whatIsNoDirectoryOrNoFileIsSaid() throws Exception {
        write("f", "");

        assertThat(error("{ host { directory(path: \"f\") { entries } } }")).contains("is a file, not a directory");
        assertThat(error("{ host { file(path: \"gone\") { contents } } }"))
                .contains("stat gone: no such file or directory");
        assertThat(error("{ host { file(path: \".\") { contents } } }")).contains("is a directory, not a file");
        assertThat(error("{ host { directory(path: \"gone\") { entries } } }"))
                .contains(workdir.resolve("gone") + ": no such file or directory");
    }

    @Test
    @Timeout(60)
    void whatCannotBeReadAsAFileIsCalledByItsName() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", workdir.resolve("pipe").toString())
                        .start()
                        .waitFor())
                .isZero();

        assertThat(error("{ host { directory(path: \".\") { file(path: \"pipe\") { contents } } } }"))
                .contains("path pipe is a named pipe, not a file");
        assertThat(error("{ host { file(path: \"pipe\") { contents } } }"))
                .contains("path pipe is a named pipe, not a file");
    }

    @Test
    void aFileWhoseNameIsAPatternIsThatFile() throws Exception {
        write("*", "star");
        write("a", "A");

        assertThat(data("{ host { file(path: \"*\") { contents name } } }")
                        .at("/host/file/contents")
                        .asText())
                .isEqualTo("star");
        assertThat(error("{ host { file(path: \"[a]\") { contents } } }")).contains("no such file or directory");
    }

    @Test
    void anExportedDirectoryMergesUnlessItIsToWipe() throws Exception {
        write("out/old/f", "old");
        write("out/d/f", "replaced");
        Files.createDirectories(workdir.resolve("out/file/was-a-directory"));
        String tree = "{ directory { withNewFile(path: \"d/f\", contents: \"new\", permissions: 493) {"
                + " withNewFile(path: \"file\", contents: \"\") { withSymlink(target: \"../gone\", linkName: \"d/l\") {"
                + " withNewDirectory(path: \"empty\") { %s } } } } } }";

        JsonNode merged = data(tree.formatted("export(path: \"out\")"));

        assertThat(merged.findValue("export").asText())
                .isEqualTo(workdir.resolve("out").toString());
        assertThat(workdir.resolve("out/old/f")).hasContent("old");
        assertThat(workdir.resolve("out/d/f")).hasContent("new").isExecutable();
        assertThat(workdir.resolve("out/file")).isEmptyFile();
        assertThat(workdir.resolve("out/empty")).isEmptyDirectory();
        assertThat(Files.readSymbolicLink(workdir.resolve("out/d/l"))).isEqualTo(Path.of("../gone"));

        data(tree.formatted("export(path: \"out\", wipe: true)"));

        assertThat(workdir.resolve("out/old")).doesNotExist();
        assertThat(workdir.resolve("out/d/f")).hasContent("new");
    }

    @Test
    void anExportDoesNotFollowLinksOutOfItsDestination() throws Exception {
        write("outside/f", "mine");
        Files.createDirectories(workdir.resolve("out"));
        Files.createSymbolicLink(workdir.resolve("out/d"), workdir.resolve("outside"));

        data("{ directory { withNewFile(path: \"d/f\", contents: \"theirs\") { export(path: \"out\") } } }");

        assertThat(workdir.resolve("outside/f")).hasContent("mine");
        assertThat(Files.isDirectory(workdir.resolve("out/d"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
        assertThat(workdir.resolve("out/d/f")).hasContent("theirs");
    }

    @Test
    void onlyThePartOfATreeIsExported() throws Exception {
        data("{ directory { withNewFile(path: \"a/b/f\", contents: \"1\") { withNewFile(path: \"x\", contents: \"\") {"
                + " directory(path: \"a\") { export(path: \"out\") } } } } }");

        assertThat(workdir.resolve("out/b/f")).hasContent("1");
        assertThat(workdir.resolve("out").toFile().list()).containsExactly("b");
    }

    @Test
    void aFileIsExportedUnderItsNewNameOrIntoADirectory() throws Exception {
        Files.createDirectories(workdir.resolve("dir"));
        String file = "{ file(name: \"n\", contents: \"N\", permissions: 320) { export(%s) } }";

        assertThat(data(file.formatted("path: \"made/on/the/way\""))
                        .at("/file/export")
                        .asText())
                .isEqualTo(workdir.resolve("made/on/the/way").toString());
        assertThat(data(file.formatted("path: \"dir\", allowParentDirPath: true"))
                        .at("/file/export")
                        .asText())
                .isEqualTo(workdir.resolve("dir").toString());
        assertThat(error(file.formatted("path: \"dir\""))).contains("allowParentDirPath");

        assertThat(workdir.resolve("made/on/the/way")).hasContent("N");
        assertThat(workdir.resolve("dir/n")).hasContent("N");
        assertThat(Files.getPosixFilePermissions(workdir.resolve("dir/n")))
                .isEqualTo(PosixFilePermissions.fromString("r-x------"));
    }

    @Test
    void anExportIsMadeAgainEachTime() throws Exception {
        String query = "{ directory { withNewFile(path: \"f\", contents: \"1\") { export(path: \"out\") } } }";
        data(query);
        Files.delete(workdir.resolve("out/f"));

        data(query);

        assertThat(workdir.resolve("out/f")).hasContent("1");
    }

    @Test
    void whatWasReadComesBackAsItWas() throws Exception {
        for (int i = 0; i < 300; i++) {
            write("in/d" + i % 7 + "/f" + i, "x".repeat(i * 97));
        }

        data("{ host { directory(path: \"in\") { export(path: \"out\") } } }");

        Process diff = new ProcessBuilder("diff", "-r", "in", "out")
                .directory(workdir.toFile())
                .inheritIO()
                .start();
        assertThat(diff.waitFor()).isZero();
    }

    @Test
    void aDifferenceKeepsWhatIsNewOrChanged() throws Exception {
        write("a/same", "s");
        write("a/old", "o");
        write("a/mod", "1");
        write("b/same", "s");
        write("b/new/g", "n");
        write("b/mod", "2");
        Files.setLastModifiedTime(workdir.resolve("b/same"), Files.getLastModifiedTime(workdir.resolve("a/same")));
        Files.setLastModifiedTime(workdir.resolve("b"), Files.getLastModifiedTime(workdir.resolve("a")));
        String other = data("{ host { directory(path: \"b\") { id } } }")
                .at("/host/directory/id")
                .asText();
        String whole = data("{ host { directory(path: \".\") { directory(path: \"b\") { id } } } }")
                .findValue("id")
                .asText();

        JsonNode difference = data("{ host { directory(path: \"a\") { diff(other: \"" + other + "\") {"
                + " glob(pattern: \"**\") new: file(path: \"mod\") { contents } }"
                + " part: diff(other: \"" + whole + "\") { glob(pattern: \"**\") } } } }");

        assertThat(texts(difference.at("/host/directory/diff/glob"))).containsExactly("mod", "new/", "new/g");
        assertThat(difference.at("/host/directory/diff/new/contents").asText()).isEqualTo("2");
        assertThat(texts(difference.at("/host/directory/part/glob"))).containsExactly("mod", "new/", "new/g");
    }

    @Test
    void theNearestNameUpwardsIsFound() throws Exception {
        Files.writeString(workdir.resolveSibling("above.txt"), "");
        write("here.txt", "");

        JsonNode host = data("{ host { a: findUp(name: \"above.txt\") h: findUp(name: \"here.txt\")"
                        + " n: findUp(name: \"surely-not-there-xyz\") } }")
                .path("host");

        assertThat(host.path("a").asText()).isEqualTo("../above.txt");
        assertThat(host.path("h").asText()).isEqualTo("here.txt");
        assertThat(host.path("n").isNull()).isTrue();
    }
}
