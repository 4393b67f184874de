package org.buildengine.server.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.ExecOp.Expect;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Vertex;

/**
 * Plans one command in a container: which trees it gets, which of them it may change, and what the container is
 * afterwards. Used once.
 */
final class ExecPlan {
    private final Container container;
    private final Call call;
    private final List<InputRef> inputs = new ArrayList<>();
    private final List<ExecMount> mounts = new ArrayList<>();
    private int outputs = 1;

    /** A plan to run the command that {@code call} describes, apart from its command line, in {@code container}. */
    ExecPlan(Container container, Call call) {
        this.container = container;
        this.call = call;
    }

    /** The container after {@code args} ran in it. */
    Container apply(List<String> args) throws ApiException {
        String stdin = call.text("stdin");
        String redirectStdin = redirect("redirectStdin");
        if (!stdin.isEmpty() && !redirectStdin.isEmpty()) {
            throw new ApiException("INVALID_ARGUMENT", "cannot set both stdin and redirectStdin");
        }
        CText.check("an argument", args);
        inputs.add(container.rootfs());
        container.mounts().forEach(this::add);
        container
                .secretFiles()
                .forEach(file -> mounts.add(new ExecMount.Secret(
                        file.target(), file.secret().handle(), file.mode(), file.uid(), file.gid())));
        ContainerConfig config = container.config();
        CText.check("a working directory", config.workdir());
        CText.check("a user", config.user());
        Map<String, String> secrets = new TreeMap<>();
        container.secretVariables().forEach((name, secret) -> secrets.put(name, secret.handle()));
        ExecOp op = new ExecOp(
                args,
                config.env(),
                secrets,
                config.workdir().isEmpty() ? "/" : config.workdir(),
                config.user(),
                stdin,
                redirectStdin,
                redirect("redirectStdout"),
                redirect("redirectStderr"),
                Expect.valueOf(call.optionalText("expect").orElse(Expect.SUCCESS.name())),
                call.flag("insecureRootCapabilities"),
                call.flag("noInit"),
                container.platform(),
                mounts);
        Vertex exec = new Vertex(op, inputs, container.reuse());
        return container.afterExec(exec, after(exec));
    }

    private String redirect(String argument) throws ApiException {
        Optional<String> path = call.optionalText(argument);
        return path.isEmpty() ? "" : MountedPaths.path(call, container, argument);
    }

    private void add(ContainerMount mount) {
        mounts.add(
                switch (mount) {
                    case ContainerMount.Tree tree ->
                        new ExecMount.Tree(
                                tree.target(),
                                input(tree.tree()),
                                tree.source(),
                                tree.readOnly() ? Optional.empty() : Optional.of(outputs++));
                    case ContainerMount.Cache cache ->
                        new ExecMount.Cache(
                                cache.target(),
                                cache.volume().digest(),
                                cache.volume().exclusive(),
                                cache.volume()
                                        .source()
                                        .map(seed -> new ExecMount.Cache.Seed(input(seed.tree()), seed.path())),
                                cache.owner());
                    case ContainerMount.Temp temp ->
                        new ExecMount.Temp(temp.target(), temp.size().orElse(0L));
                });
    }

    private int input(InputRef tree) {
        inputs.add(tree);
        return inputs.size() - 1;
    }

    /** The mounts with what the command made of them: mount and planned mount stand at the same place in their lists. */
    private List<ContainerMount> after(Vertex exec) {
        var changed = new ArrayList<ContainerMount>();
        for (int i = 0; i < container.mounts().size(); i++) {
            ContainerMount mount = container.mounts().get(i);
            Optional<Integer> output = mounts.get(i).output();
            changed.add(
                    mount instanceof ContainerMount.Tree tree && output.isPresent()
                            ? tree.withTree(exec.output(output.get()))
                            : mount);
        }
        return changed;
    }
}
