package org.buildengine.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Holds the arrows between modules that docs/dev/architecture.md draws. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.buildengine");

    @Test
    void modulesUseOnlyModulesBelowThem() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("cli")
                .definedBy("org.buildengine.cli..")
                .layer("client")
                .definedBy("org.buildengine.client..")
                .layer("server")
                .definedBy("org.buildengine.server..")
                .layer("solver")
                .definedBy("org.buildengine.solver..")
                .layer("snapshotter")
                .definedBy("org.buildengine.snapshotter..")
                .layer("session")
                .definedBy("org.buildengine.session..")
                .whereLayer("cli")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("client")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("server")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("solver")
                .mayOnlyBeAccessedByLayers("server")
                .whereLayer("snapshotter")
                .mayOnlyBeAccessedByLayers("solver", "server")
                .whereLayer("session")
                .mayOnlyBeAccessedByLayers("server", "client", "cli")
                .check(CLASSES);
    }

    @Test
    void theSolverSeesOnlyThePublicPackageOfTheSnapshotter() {
        noClasses()
                .that()
                .resideInAPackage("org.buildengine.solver..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.buildengine.snapshotter.*..",
                        "io.netty..",
                        "io.grpc..",
                        "org.rocksdb..",
                        "java.lang.foreign..")
                .check(CLASSES);
    }

    @Test
    void nativeCallsAreMadeInTwoPackages() {
        noClasses()
                .that()
                .resideOutsideOfPackages("org.buildengine.snapshotter.linux..", "org.buildengine.session.hostfiles..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(CLASSES);
    }
}
