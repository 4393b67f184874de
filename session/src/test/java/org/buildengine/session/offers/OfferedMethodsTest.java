package org.buildengine.session.offers;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.services.HealthStatusManager;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.buildengine.session.hostfiles.HostPaths;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OfferedMethodsTest {
    @Test
    void namesAreThoseOfTheServices(@TempDir Path home) {
        List<ServerServiceDefinition> services =
                new ArrayList<>(StandardOffers.of(new HostPaths(home, home), Map.of(), home));
        services.add(new HealthStatusManager().getHealthService().bindService());
        List<String> names = services.stream()
                .flatMap(service -> service.getMethods().stream())
                .map(method -> method.getMethodDescriptor().getFullMethodName())
                .toList();
        assertThat(OfferedMethods.STANDARD).containsExactlyInAnyOrderElementsOf(names);
    }
}
