package org.buildengine.server.core;

/** Fields of the small objects. */
final class ValueFields {
    private ValueFields() {}

    static void register(FieldRegistry registry) {
        registry.field(
                "EnvVariable", "name", call -> call.receiver(EnvVariable.class).name());
        registry.field(
                "EnvVariable", "value", call -> call.receiver(EnvVariable.class).value());
        registry.field("Label", "name", call -> call.receiver(Label.class).name());
        registry.field("Label", "value", call -> call.receiver(Label.class).value());
        registerPort(registry);
        registerStat(registry);
        registerHealthcheck(registry);
    }

    private static void registerPort(FieldRegistry registry) {
        registry.field("Port", "port", call -> call.receiver(Port.class).port());
        registry.field("Port", "protocol", call -> call.receiver(Port.class).protocol());
        registry.field(
                "Port",
                "description",
                call -> call.receiver(Port.class).description().orElse(null));
        registry.field(
                "Port",
                "experimentalSkipHealthcheck",
                call -> call.receiver(Port.class).skipHealthcheck());
    }

    private static void registerStat(FieldRegistry registry) {
        registry.field("Stat", "name", call -> call.receiver(Stat.class).name());
        registry.field("Stat", "size", call -> call.receiver(Stat.class).size());
        registry.field("Stat", "fileType", call -> call.receiver(Stat.class).fileType());
        registry.field("Stat", "permissions", call -> call.receiver(Stat.class).permissions());
    }

    private static void registerHealthcheck(FieldRegistry registry) {
        registry.field("HealthcheckConfig", "args", call -> check(call).args());
        registry.field("HealthcheckConfig", "shell", call -> check(call).shell());
        registry.field(
                "HealthcheckConfig",
                "interval",
                call -> GoDuration.print(check(call).interval()));
        registry.field(
                "HealthcheckConfig",
                "timeout",
                call -> GoDuration.print(check(call).timeout()));
        registry.field(
                "HealthcheckConfig",
                "startPeriod",
                call -> GoDuration.print(check(call).startPeriod()));
        registry.field(
                "HealthcheckConfig",
                "startInterval",
                call -> GoDuration.print(check(call).startInterval()));
        registry.field("HealthcheckConfig", "retries", call -> check(call).retries());
    }

    private static HealthcheckConfig check(Call call) {
        return call.receiver(HealthcheckConfig.class);
    }
}
