package org.buildengine.session.hostfiles;

import io.grpc.ServerServiceDefinition;
import java.util.List;
import java.util.stream.Stream;
import org.buildengine.session.HostException.Reason;

/** The same trees, where the client offers the batch protocol too. */
class BatchTransferTest extends TransferTest {
    BatchTransferTest() throws Exception {}

    @Override
    List<ServerServiceDefinition> services(HostPaths paths) {
        return Stream.concat(super.services(paths).stream(), Stream.of(new ClientTrees(paths).service()))
                .toList();
    }

    @Override
    Reason missing() {
        return Reason.NOT_FOUND;
    }
}
