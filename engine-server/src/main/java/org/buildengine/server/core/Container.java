package org.buildengine.server.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;

/**
 * A container: a root file system, what is mounted over it, and how to run something in it.
 *
 * @param platform {@code os/arch[/variant]}
 * @param rootfs the root file system without the mounts
 * @param config how to run it
 * @param mounts in the order in which they were added
 * @param secretVariables variable name to secret
 * @param secretFiles secrets mounted as files
 * @param imageRef the image that this container is, as long as nothing was changed
 * @param lastExec the last command that was run in it
 * @param reuse which earlier results will do for the commands that are run in it next
 */
public record Container(
        String platform,
        InputRef rootfs,
        ContainerConfig config,
        List<ContainerMount> mounts,
        Map<String, Secret> secretVariables,
        List<SecretFile> secretFiles,
        Optional<String> imageRef,
        Optional<Vertex> lastExec,
        Reuse reuse)
        implements LazyObject {
    public Container {
        mounts = List.copyOf(mounts);
        secretVariables = java.util.Collections.unmodifiableMap(new TreeMap<>(secretVariables));
        secretFiles = List.copyOf(secretFiles);
    }

    /** A secret as a file. */
    public record SecretFile(String target, Secret secret, int mode, int uid, int gid) {}

    /** A container with nothing in it. */
    public static Container scratch(String platform) {
        return new Container(
                platform,
                FileEdits.EMPTY,
                ContainerConfig.NONE,
                List.of(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Reuse.ANY);
    }

    Container withConfig(ContainerConfig changed) {
        return new Container(
                platform, rootfs, changed, mounts, secretVariables, secretFiles, Optional.empty(), lastExec, reuse);
    }

    Container withRootfs(InputRef changed) {
        return new Container(
                platform, changed, config, mounts, secretVariables, secretFiles, Optional.empty(), lastExec, reuse);
    }

    Container withMounts(List<ContainerMount> changed) {
        return new Container(
                platform, rootfs, config, changed, secretVariables, secretFiles, Optional.empty(), lastExec, reuse);
    }

    Container withSecretVariables(Map<String, Secret> changed) {
        return new Container(platform, rootfs, config, mounts, changed, secretFiles, Optional.empty(), lastExec, reuse);
    }

    Container withSecretFiles(List<SecretFile> changed) {
        return new Container(
                platform, rootfs, config, mounts, secretVariables, changed, Optional.empty(), lastExec, reuse);
    }

    /** This container as an image: its files and configuration, on top of what is mounted here. */
    Container from(String imagePlatform, InputRef image, ContainerConfig imageConfig, String reference) {
        return new Container(
                imagePlatform,
                image,
                config.replacedBy(imageConfig),
                mounts,
                secretVariables,
                secretFiles,
                Optional.of(reference),
                lastExec,
                reuse);
    }

    /** This container after {@code exec}, whose output 0 is the root file system. */
    Container afterExec(Vertex exec, List<ContainerMount> changed) {
        return new Container(
                platform,
                exec.output(0),
                config,
                changed,
                secretVariables,
                secretFiles,
                Optional.empty(),
                Optional.of(exec),
                reuse);
    }

    Container withReuse(Reuse changed) {
        return new Container(
                platform, rootfs, config, mounts, secretVariables, secretFiles, imageRef, lastExec, changed);
    }

    /** With {@code mount} on top; one with the same target goes. */
    Container withMount(ContainerMount mount) {
        var changed = new ArrayList<>(mounts);
        changed.removeIf(other -> other.target().equals(mount.target()));
        changed.add(mount);
        return withMounts(changed);
    }

    /** The path that the user wrote, as the absolute path that a command would see. */
    String absolute(String path) {
        return TreePaths.absolute(config.workdir().isEmpty() ? "/" : config.workdir(), path);
    }

    /** The mount that hides the root file system at the absolute {@code path}, if any: the latest one counts. */
    Optional<ContainerMount> mountAt(String path) {
        return mounts.reversed().stream()
                .filter(mount -> TreePaths.contains(mount.target(), path))
                .findFirst();
    }

    /** Replaces variables in {@code text}. */
    VariableExpansion expansion() {
        return new VariableExpansion(config.variables(), secretVariables.keySet());
    }

    @Override
    public String typeName() {
        return "Container";
    }

    @Override
    public Digest digest() {
        var encoder = new KeyEncoder().text("Container").text(platform);
        encoder.digest(rootfs.vertex().demanded()).number(rootfs.output());
        config.encode(encoder);
        encoder.list(mounts.size());
        mounts.forEach(mount -> mount.encode(encoder));
        encoder.list(secretVariables.size());
        secretVariables.forEach((name, secret) -> encoder.text(name).digest(secret.digest()));
        encoder.list(secretFiles.size());
        for (SecretFile file : secretFiles) {
            encoder.text(file.target()).digest(file.secret().digest());
            encoder.number(file.mode()).number(file.uid()).number(file.gid());
        }
        encoder.text(imageRef.orElse("")).flag(lastExec.isPresent());
        lastExec.ifPresent(vertex -> encoder.digest(vertex.demanded()));
        encoder.text(reuse.toString());
        return encoder.finish();
    }

    @Override
    public Optional<Vertex> work() {
        return Optional.of(rootfs.vertex());
    }
}
