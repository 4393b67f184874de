package org.buildengine.server.core;

import java.util.Optional;
import org.buildengine.server.registry.Platform;
import org.buildengine.solver.op.FileAction;

/** Fields of {@code Query} that make objects of this package. */
final class QueryFields {
    private final Facilities facilities;

    private QueryFields(Facilities facilities) {
        this.facilities = facilities;
    }

    static void register(FieldRegistry registry, Facilities facilities) {
        var fields = new QueryFields(facilities);
        registry.field("Query", "container", fields::container);
        registry.field("Query", "directory", call -> Directory.empty());
        registry.field("Query", "file", QueryFields::file);
        registry.field("Query", "host", call -> new Host());
        registry.field("Query", "cacheVolume", QueryFields::cacheVolume);
    }

    private Container container(Call call) throws ApiException {
        Optional<String> platform = call.optionalText("platform");
        if (platform.isEmpty()) {
            return Container.scratch(facilities.platform().toString());
        }
        try {
            return Container.scratch(Platform.parse(platform.get()).toString());
        } catch (IllegalArgumentException e) {
            throw Reading.caused(new ApiException("INVALID_ARGUMENT", Reading.message(e)), e);
        }
    }

    private static File file(Call call) throws ApiException {
        String name = call.text("name");
        FileFields.checkName(name);
        FileAction write = new FileAction.WriteFile(
                "/" + name, call.text("contents"), DirectoryFields.mode(call).orElse(0644), Optional.empty());
        return new File(FileEdits.edit(FileEdits.EMPTY, write), "", name, name);
    }

    private static CacheVolume cacheVolume(Call call) {
        return new CacheVolume(
                call.text("key"),
                call.optionalObject("source", Directory.class),
                call.optionalText("sharing").orElse("SHARED"),
                call.optionalText("owner").orElse(""));
    }
}
