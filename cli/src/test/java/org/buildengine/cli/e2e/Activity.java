package org.buildengine.cli.e2e;

import java.util.List;
import java.util.Random;

/** What a session can be in the middle of when it is dropped. */
enum Activity {
    /** It is there and asks nothing. */
    NOTHING {
        @Override
        String selections(Site site, String nonce) {
            return "version";
        }
    },
    /** A step that says nothing and does not end. */
    STEP {
        @Override
        String selections(Site site, String nonce) {
            return container(site, nonce) + "withExec(args: [\"sleep\", \"10000\"]) { stdout";
        }
    },
    /** A step that says much and does not end. */
    OUTPUT {
        @Override
        String selections(Site site, String nonce) {
            return step(site, nonce, "while :; do head -c 65536 /dev/zero | tr '\\\\0' x; sleep 0.05; done");
        }
    },
    /** Files of the client. */
    UPLOAD {
        @Override
        String selections(Site site, String nonce) {
            return "host { directory(path: \"" + site.large() + "\") { digest";
        }
    },
    /** Files for the client. */
    EXPORT {
        @Override
        String selections(Site site, String nonce) {
            return container(site, "shared")
                    + "withExec(args: [\"sh\", \"-c\", \"mkdir /out; head -c 33554432 /dev/urandom > /out/file\"])"
                    + " { directory(path: \"/out\") { export(path: \""
                    + site.user().resolve("out-" + nonce) + "\")";
        }
    },
    /** An image that comes slowly. */
    PULL {
        @Override
        String selections(Site site, String nonce) {
            return "container { from(address: \"" + site.slowImage(nonce) + "\") { rootfs { entries";
        }
    };

    static Activity any(Random random) {
        return List.of(values()).get(random.nextInt(values().length));
    }

    /** The query, down to the value. */
    abstract String selections(Site site, String nonce);

    /** A step that is not in the cache, down to its output. */
    static String step(Site site, String nonce, String script) {
        return container(site, nonce) + "withExec(args: [\"sh\", \"-c\", \"" + script + "\"]) { stdout";
    }

    private static String container(Site site, String nonce) {
        return "container { from(address: \"" + site.image() + "\") { withEnvVariable(name: \"NONCE\", value: \""
                + nonce + "\") { ";
    }
}
