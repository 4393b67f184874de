package org.buildengine.server.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.buildengine.solver.op.KeyEncoder;

/**
 * How to run a container. Immutable.
 *
 * @param env {@code NAME=value} in order of declaration
 * @param entrypoint first part of the command line
 * @param cmd the default arguments
 * @param workdir working directory, absolute; empty if unset
 * @param user {@code name|uid[:group|gid]}; empty if unset
 * @param labels by name
 * @param ports by number and protocol, as {@code 80/tcp}
 * @param healthcheck how to find out whether it is well
 * @param volumes paths that an image declares as volumes
 * @param shell the shell form's shell
 * @param stopSignal name or number; empty if unset
 * @param onBuild instructions for images that build on it
 */
public record ContainerConfig(
        List<String> env,
        List<String> entrypoint,
        List<String> cmd,
        String workdir,
        String user,
        SortedMap<String, String> labels,
        SortedMap<String, Port> ports,
        Optional<HealthcheckConfig> healthcheck,
        List<String> volumes,
        List<String> shell,
        String stopSignal,
        List<String> onBuild) {
    /** Says nothing. */
    public static final ContainerConfig NONE = new ContainerConfig(
            List.of(),
            List.of(),
            List.of(),
            "",
            "",
            new TreeMap<>(),
            new TreeMap<>(),
            Optional.empty(),
            List.of(),
            List.of(),
            "",
            List.of());

    public ContainerConfig {
        env = List.copyOf(env);
        entrypoint = List.copyOf(entrypoint);
        cmd = List.copyOf(cmd);
        labels = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        ports = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(ports));
        volumes = List.copyOf(volumes);
        shell = List.copyOf(shell);
        onBuild = List.copyOf(onBuild);
    }

    /** The variables by name, in order of declaration. */
    Map<String, String> variables() {
        var variables = new LinkedHashMap<String, String>();
        for (String entry : env) {
            int equals = entry.indexOf('=');
            variables.put(
                    equals < 0 ? entry : entry.substring(0, equals), equals < 0 ? "" : entry.substring(equals + 1));
        }
        return variables;
    }

    ContainerConfig withVariable(String name, String value) {
        Map<String, String> variables = variables();
        variables.put(name, value);
        return withVariables(variables);
    }

    ContainerConfig withoutVariable(String name) {
        Map<String, String> variables = variables();
        variables.remove(name);
        return withVariables(variables);
    }

    private ContainerConfig withVariables(Map<String, String> variables) {
        List<String> entries = variables.entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue())
                .toList();
        return new ContainerConfig(
                entries,
                entrypoint,
                cmd,
                workdir,
                user,
                labels,
                ports,
                healthcheck,
                volumes,
                shell,
                stopSignal,
                onBuild);
    }

    ContainerConfig withEntrypoint(List<String> args) {
        return new ContainerConfig(
                env, args, cmd, workdir, user, labels, ports, healthcheck, volumes, shell, stopSignal, onBuild);
    }

    ContainerConfig withCmd(List<String> args) {
        return new ContainerConfig(
                env, entrypoint, args, workdir, user, labels, ports, healthcheck, volumes, shell, stopSignal, onBuild);
    }

    ContainerConfig withWorkdir(String path) {
        return new ContainerConfig(
                env, entrypoint, cmd, path, user, labels, ports, healthcheck, volumes, shell, stopSignal, onBuild);
    }

    ContainerConfig withUser(String name) {
        return new ContainerConfig(
                env, entrypoint, cmd, workdir, name, labels, ports, healthcheck, volumes, shell, stopSignal, onBuild);
    }

    ContainerConfig withLabels(UnaryOperator<SortedMap<String, String>> change) {
        return new ContainerConfig(
                env,
                entrypoint,
                cmd,
                workdir,
                user,
                change.apply(new TreeMap<>(labels)),
                ports,
                healthcheck,
                volumes,
                shell,
                stopSignal,
                onBuild);
    }

    ContainerConfig withPorts(UnaryOperator<SortedMap<String, Port>> change) {
        return new ContainerConfig(
                env,
                entrypoint,
                cmd,
                workdir,
                user,
                labels,
                change.apply(new TreeMap<>(ports)),
                healthcheck,
                volumes,
                shell,
                stopSignal,
                onBuild);
    }

    ContainerConfig withHealthcheck(Optional<HealthcheckConfig> check) {
        return new ContainerConfig(
                env, entrypoint, cmd, workdir, user, labels, ports, check, volumes, shell, stopSignal, onBuild);
    }

    /**
     * The configuration of a container that takes over an image: what {@code image} says wins, variables, labels and
     * ports are merged, everything else is the image's.
     */
    ContainerConfig replacedBy(ContainerConfig image) {
        Map<String, String> variables = variables();
        variables.putAll(image.variables());
        List<String> entries = new ArrayList<>();
        variables.forEach((name, value) -> entries.add(name + "=" + value));
        var mergedLabels = new TreeMap<>(labels);
        mergedLabels.putAll(image.labels);
        var mergedPorts = new TreeMap<>(ports);
        mergedPorts.putAll(image.ports);
        return new ContainerConfig(
                entries,
                image.entrypoint,
                image.cmd,
                image.workdir,
                image.user,
                mergedLabels,
                mergedPorts,
                image.healthcheck.or(() -> healthcheck),
                image.volumes,
                image.shell.isEmpty() ? shell : image.shell,
                image.stopSignal,
                image.onBuild);
    }

    void encode(KeyEncoder into) {
        into.texts(env).texts(entrypoint).texts(cmd).text(workdir).text(user).texts(labels);
        into.list(ports.size());
        ports.values().forEach(port -> port.encode(into));
        into.flag(healthcheck.isPresent());
        healthcheck.ifPresent(check -> check.encode(into));
        into.texts(volumes).texts(shell).text(stopSignal).texts(onBuild);
    }
}
