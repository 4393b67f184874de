package org.buildengine.solver.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Loads classes anew so that a thread can lose its turn ({@link Strand#pause}) before each access to a field that
 * changes and each call of a set, a map, a lock, an atomic or a future. While a monitor is held nobody loses the turn: what a monitor guards is
 * one step for everybody else, and a thread that waited for one would be woken by a thread of the virtual machine, in no
 * order of ours.
 */
final class Interruptions extends ClassLoader {
    private static final ClassDesc STRAND = ClassDesc.of(Strand.class.getName());
    private static final MethodTypeDesc NOTHING = MethodTypeDesc.of(ConstantDescs.CD_void);
    private static final List<String> SHARED = List.of("java/util/concurrent/", "java/util/Set", "java/util/Map");

    private final List<String> packages;

    /** A loader that changes the classes of these packages and takes all others from the usual one. */
    Interruptions(List<String> packages) {
        super(Interruptions.class.getClassLoader());
        this.packages = packages;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            if (known != null) {
                return known;
            }
            return packages.contains(name.substring(0, Math.max(0, name.lastIndexOf('.'))))
                    ? changed(name)
                    : super.loadClass(name, resolve);
        }
    }

    private Class<?> changed(String name) throws ClassNotFoundException {
        try (InputStream original = getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (original == null) {
                throw new ClassNotFoundException(name);
            }
            ClassModel model = ClassFile.of().parse(original.readAllBytes());
            Set<String> variables = model.fields().stream()
                    .filter(field -> !field.flags().has(AccessFlag.FINAL))
                    .map(field -> field.fieldName().stringValue())
                    .collect(Collectors.toSet());
            byte[] bytes = ClassFile.of()
                    .transformClass(
                            model,
                            ClassTransform.transformingMethodBodies(
                                    Interruptions::canBeInterrupted,
                                    (code, element) -> interrupting(code, element, variables)));
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private static boolean canBeInterrupted(MethodModel method) {
        return !method.methodName().stringValue().startsWith("<")
                && !method.flags().has(AccessFlag.SYNCHRONIZED);
    }

    private static void interrupting(CodeBuilder code, CodeElement element, Set<String> variables) {
        switch (element) {
            case FieldInstruction field
            when variables.contains(field.name().stringValue()) -> {
                call(code, "pause");
                code.with(element);
            }
            case InvokeInstruction invoke
            when locksABin(invoke) -> {
                call(code, "pause");
                call(code, "atomicStart");
                code.with(element);
                call(code, "atomicEnd");
            }
            case InvokeInstruction invoke
            when reachesOthers(invoke) -> {
                call(code, "pause");
                code.with(element);
            }
            case MonitorInstruction monitor
            when monitor.opcode() == Opcode.MONITORENTER -> {
                call(code, "pause");
                code.with(element);
                call(code, "atomicStart");
            }
            case MonitorInstruction _ -> {
                call(code, "atomicEnd");
                code.with(element);
            }
            default -> code.with(element);
        }
    }

    private static boolean reachesOthers(InvokeInstruction invoke) {
        String owner = invoke.owner().asInternalName();
        return invoke.opcode() != Opcode.INVOKESPECIAL && SHARED.stream().anyMatch(owner::startsWith);
    }

    /** A call of a concurrent map that calls back while it holds a monitor. */
    private static boolean locksABin(InvokeInstruction invoke) {
        return invoke.owner().asInternalName().startsWith("java/util/concurrent/Concurrent")
                && invoke.name().stringValue().startsWith("compute");
    }

    private static void call(CodeBuilder code, String method) {
        code.invokestatic(STRAND, method, NOTHING);
    }
}
