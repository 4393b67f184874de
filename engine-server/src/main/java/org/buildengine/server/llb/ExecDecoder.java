package org.buildengine.server.llb;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.core.CText;
import org.buildengine.session.wire.pb.Meta;
import org.buildengine.session.wire.pb.NetMode;
import org.buildengine.session.wire.pb.Op;
import org.buildengine.session.wire.pb.SecurityMode;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.Expect;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;

/** Commands: the operation that {@code Container.withExec} makes of the same command. */
final class ExecDecoder {
    private ExecDecoder() {}

    static Map<Long, InputRef> decode(Op op, Inputs inputs, String platform, Reuse reuse) throws ApiException {
        var exec = op.getExec();
        if (!exec.hasMeta()) {
            throw Refusals.invalid("it has no command (meta)");
        }
        Meta meta = exec.getMeta();
        refuseRights(exec.getNetwork(), exec.getSecurity());
        for (var secret : exec.getSecretenvList()) {
            throw Refusals.unsupported(
                    "the secret variable " + Refusals.shown(secret.getName()),
                    "run the command by the API, with withSecretVariable");
        }
        Refusals.refuse(exec.getCdiDevicesCount() > 0, "a CDI device", "do without");
        refuseSettings(meta);
        checkTexts(meta);
        var mounts = new MountDecoder(inputs, meta);
        mounts.take(exec.getMountsList());
        ExecOp decoded = new ExecOp(
                meta.getArgsList(),
                meta.getEnvList(),
                Map.of(),
                meta.getCwd(),
                meta.getUser(),
                "",
                "",
                "",
                "",
                expect(meta.getValidExitCodesList()),
                false,
                false,
                platform,
                mounts.mounts());
        return mounts.outputs(new Vertex(decoded, mounts.inputs(), reuse));
    }

    private static void refuseRights(NetMode network, SecurityMode security) throws ApiException {
        Refusals.refuse(
                network != NetMode.UNSET,
                "the network " + network,
                "leave it unset; the step then gets the network that the engine is configured to give");
        Refusals.refuse(
                security != SecurityMode.SANDBOX,
                "the security " + security,
                "run the command by the API, with insecureRootCapabilities");
    }

    private static void refuseSettings(Meta meta) throws ApiException {
        Refusals.refuse(meta.hasProxyEnv(), "a proxy (proxy_env)", "set its variables in env");
        Refusals.refuse(meta.getExtraHostsCount() > 0, "an extra host", "let the command add it to /etc/hosts");
        Refusals.refuse(!meta.getHostname().isEmpty(), "a host name", "leave it out");
        Refusals.refuse(meta.getUlimitCount() > 0, "a ulimit", "let the command set it");
        Refusals.refuse(!meta.getCgroupParent().isEmpty(), "a parent of the cgroup", "leave it out");
    }

    private static void checkTexts(Meta meta) throws ApiException {
        if (meta.getArgsCount() == 0) {
            throw Refusals.invalid("its command is empty");
        }
        CText.check("an argument", meta.getArgsList());
        for (String variable : meta.getEnvList()) {
            int end = variable.indexOf('=');
            if (end < 0) {
                throw Refusals.invalid(
                        "the environment variable " + Refusals.shown(variable) + " has no value: write NAME=VALUE");
            }
            CText.checkVariable(variable.substring(0, end));
            CText.check("an environment variable", variable);
        }
        CText.check("a working directory", meta.getCwd());
        CText.check("a user", meta.getUser());
        if (!meta.getCwd().startsWith("/")) {
            throw Refusals.invalid("the working directory " + Refusals.shown(meta.getCwd())
                    + " is not absolute: begin it with a slash");
        }
    }

    private static Expect expect(List<Integer> codes) throws ApiException {
        if (codes.isEmpty()) {
            return Expect.SUCCESS;
        }
        Set<Integer> valid = new HashSet<>(codes);
        for (Expect expect : Expect.values()) {
            Set<Integer> accepted = IntStream.rangeClosed(0, 255)
                    .filter(expect::accepts)
                    .boxed()
                    .collect(Collectors.toSet());
            if (accepted.equals(valid)) {
                return expect;
            }
        }
        throw Refusals.unsupported(
                "this choice of valid exit codes",
                "choose 0 alone, 1 to 127 with 192 to 255, or all of these, and let the command check the rest");
    }
}
