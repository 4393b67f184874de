package org.buildengine.server.cache;

import java.util.regex.Pattern;

/**
 * How much the regular expressions of one request may cost, counted in characters that they look at, for all records and filters
 * together. An expression with repetitions within repetitions needs a time that doubles with each character of a text, and others
 * wait while the collector asks it. Used by one thread at a time.
 */
final class Effort {
    private long left;

    /** An effort of {@code most} characters. */
    Effort(long most) {
        this.left = most;
    }

    /**
     * Whether {@code expression} matches a part of {@code text}.
     *
     * @throws IllegalArgumentException if there is nothing left; the message names {@code filter}
     */
    boolean finds(Pattern expression, String text, String filter) {
        return expression.matcher(new Counted(text, filter)).find();
    }

    /** A text of which each look at a character counts. */
    private final class Counted implements CharSequence {
        private final String text;
        private final String filter;

        Counted(String text, String filter) {
            this.text = text;
            this.filter = filter;
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw new IllegalArgumentException("the filter \"" + filter
                        + "\" was given up: its regular expression takes too long; write it without a repetition within a"
                        + " repetition, a+ for (a+)+");
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.substring(start, end), filter);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
