package org.buildengine.snapshotter;

import java.io.IOException;

/** A path of a tree cannot be used as asked. The message begins with the path as the caller wrote it. */
public final class TreeException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What is wrong with the path. */
    public enum Code {
        NOT_FOUND("no such file or directory"),
        NOT_A_DIRECTORY("not a directory"),
        IS_A_DIRECTORY("is a directory"),
        EXISTS("file exists"),
        LOOP("too many levels of symbolic links"),
        NAME_TOO_LONG("file name too long");

        private final String text;

        Code(String text) {
            this.text = text;
        }

        /** The C library's words for it, without a path. */
        public String text() {
            return text;
        }
    }

    private final Code code;
    private final String path;

    public TreeException(Code code, String path) {
        super(path + ": " + code.text());
        this.code = code;
        this.path = path;
    }

    public Code code() {
        return code;
    }

    public String path() {
        return path;
    }
}
