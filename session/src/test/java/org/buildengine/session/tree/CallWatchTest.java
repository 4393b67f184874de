package org.buildengine.session.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.BindableService;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HostCredentials;
import org.buildengine.session.attachables.HostFiles;
import org.buildengine.session.attachables.HostSecrets;
import org.buildengine.session.transport.AttachedPair;
import org.buildengine.session.transport.ClientAttachment;
import org.buildengine.session.wire.auth.AuthGrpc;
import org.buildengine.session.wire.auth.CredentialsRequest;
import org.buildengine.session.wire.auth.CredentialsResponse;
import org.buildengine.session.wire.filesync.FileSyncGrpc;
import org.buildengine.session.wire.fsutil.Packet;
import org.buildengine.session.wire.secrets.GetSecretRequest;
import org.buildengine.session.wire.secrets.GetSecretResponse;
import org.buildengine.session.wire.secrets.SecretsGrpc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client that takes every question and answers none: how long each call still waits for it. */
@Timeout(60)
class CallWatchTest {
    private static final List<BindableService> MUTE = List.of(
            new SecretsGrpc.SecretsImplBase() {
                @Override
                public void getSecret(GetSecretRequest request, StreamObserver<GetSecretResponse> answer) {}
            },
            new AuthGrpc.AuthImplBase() {
                @Override
                public void credentials(CredentialsRequest request, StreamObserver<CredentialsResponse> answer) {}
            },
            new FileSyncGrpc.FileSyncImplBase() {
                @Override
                public StreamObserver<Packet> diffCopy(StreamObserver<Packet> answer) {
                    return new StreamObserver<>() {
                        @Override
                        public void onNext(Packet packet) {}

                        @Override
                        public void onError(Throwable cause) {}

                        @Override
                        public void onCompleted() {}
                    };
                }
            });

    private interface Call {
        ThrowingCallable to(Attachables engine);
    }

    private static void waitsFor(Duration limit, Call call) throws Exception {
        try (AttachedPair pair = AttachedPair.tcp();
                ClientAttachment client = pair.attach(
                        MUTE.stream().map(BindableService::bindService).toList());
                Attachables engine = pair.engineSide();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var watching = new CompletableFuture<CallWatch>();
            Future<?> calling = threads.submit(() -> {
                try (CallWatch watch = CallWatch.open()) {
                    watching.complete(watch);
                    assertThat(watch.left()).isEmpty();
                    assertThat(CallWatch.current()).isSameAs(watch);
                    assertThatThrownBy(call.to(engine)).hasMessageContaining("the connection to the client is gone");
                    assertThat(watch.left()).isEmpty();
                }
                assertThat(CallWatch.current()).isNotSameAs(watching.join());
            });
            CallWatch watch = watching.get();
            await().until(() -> calling.isDone() || watch.left().isPresent());
            assertThat(calling).isNotDone();
            assertThat(watch.left().orElseThrow()).isBetween(limit.minusSeconds(30), limit);
            assertThat(client.closed()).isNotDone();
            engine.close("enough");
            calling.get();
        }
    }

    @Test
    void secretsLoginsAndFilesAreWaitedForAsLongAsTheirCallsMayTake() throws Exception {
        waitsFor(Duration.ofMinutes(2), engine -> () -> new HostSecrets(engine).secret("env://A"));
        waitsFor(Duration.ofMinutes(1), engine -> () -> new HostCredentials(engine).login("registry.example"));
        waitsFor(Duration.ofMinutes(10), engine -> () -> new HostFiles(engine).stat("/a", true));
    }
}
