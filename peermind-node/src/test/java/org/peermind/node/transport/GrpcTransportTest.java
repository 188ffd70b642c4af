// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.TransportIdentity;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;
import org.peermind.testkit.VirtualScheduler;

class GrpcTransportTest extends TransportContract {
  static final Instant START = Instant.parse("2026-06-21T10:00:00Z");

  private final SslProvider fastest = TlsContexts.fastestProvider();

  @Override
  GrpcWorld newWorld() {
    return new GrpcWorld();
  }

  /// Real sockets, virtual time.
  static final class GrpcWorld implements World {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final Duration STEP = Duration.ofMillis(25);

    final VirtualClock clock = new VirtualClock(START);
    final VirtualScheduler time = new VirtualScheduler(clock);
    private final List<Transport> transports = new ArrayList<>();

    @Override
    public Transport transportOf(IdentityKey key, TransportSettings settings) {
      return transportOf(key, settings, TlsContexts.fastestProvider());
    }

    Transport transportOf(IdentityKey key, TransportSettings settings, SslProvider provider) {
      GrpcTransport transport =
          new GrpcTransport(
              TransportIdentity.generate(key, START, SECRETS),
              clock,
              new Random(1),
              (delay, task) -> time.after(delay, task)::run,
              settings,
              provider);
      transports.add(transport);
      return transport;
    }

    @Override
    public void advance(Duration step) {
      time.advance(step);
    }

    @Override
    public void until(String what, Duration limit, BooleanSupplier condition) {
      Duration[] left = {limit};
      Await.until(
          what,
          DEADLINE,
          () -> {
            Duration step = left[0].compareTo(STEP) < 0 ? left[0] : STEP;
            time.advance(step);
            left[0] = left[0].minus(step);
            return condition.getAsBoolean();
          });
    }

    @Override
    public void close() {
      transports.forEach(Transport::close);
    }
  }

  @Test
  void usesBoringSsl_whereItsNativesAreBundled() {
    assertThat(fastest).isEqualTo(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK);
  }

  @ParameterizedTest
  @CsvSource({"JDK,JDK", "JDK,OPENSSL", "OPENSSL,JDK", "OPENSSL,OPENSSL"})
  void attaches_whateverTlsEachSideUses(SslProvider ofReferee, SslProvider ofNode)
      throws IOException {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        OpenSsl.isAvailable() || (ofReferee == SslProvider.JDK && ofNode == SslProvider.JDK),
        "this machine has no natives of BoringSSL");
    GrpcWorld real = (GrpcWorld) world;
    TransportSettings settings = TransportSettings.defaults();
    int port = real.transportOf(refereeKey, settings, ofReferee).listen(HOST, 0, peers).port();
    Transport node = real.transportOf(nodeKey, settings, ofNode);
    node.attach(HOST, port, refereeKey.id(), referee);
    world.until("the attachment", () -> peers.attached() == 1);

    RecordingReferee deceived = new RecordingReferee();
    node.attach(HOST, port, IdentityKey.generate(SECRETS).id(), deceived);
    world.until("the refusal", () -> deceived.count("failed") == 1);
    assertThat(deceived.events()).first().asString().contains(", not the invited ");
  }

  @Test
  void saysThatTheHostIsUnknown_whenItsNameDoesNotResolve() {
    world.transportOf(nodeKey).attach("no-such-host.invalid", 4477, refereeKey.id(), referee);
    world.until("the failed try", () -> referee.count("failed") == 1);
    assertThat(referee.events())
        .containsExactly(
            "failed: The host name of no-such-host.invalid:4477 is not known;"
                + " check the referee's address.");
  }

  @Test
  void attachesAgain_inRealTimeToo() throws IOException {
    TransportIdentity ofReferee = TransportIdentity.generate(refereeKey, START, SECRETS);
    TransportIdentity ofNode = TransportIdentity.generate(nodeKey, START, SECRETS);
    VirtualClock clock = new VirtualClock(START);
    TransportSettings settings = TransportSettings.defaults();
    Duration deadline = Duration.ofSeconds(20);
    try (SystemScheduler scheduler = new SystemScheduler("test-timer");
        GrpcTransport first =
            new GrpcTransport(ofReferee, clock, new Random(1), scheduler, settings);
        GrpcTransport second =
            new GrpcTransport(ofReferee, clock, new Random(1), scheduler, settings);
        GrpcTransport node = new GrpcTransport(ofNode, clock, new Random(1), scheduler, settings)) {
      PeerListener listener = first.listen(HOST, 0, peers);
      int port = listener.port();
      RefereeLink link = node.attach(HOST, port, refereeKey.id(), referee);
      Await.until("the attachment", deadline, () -> peers.attached() == 1);
      listener.close();
      Await.until("the loss", deadline, () -> referee.count("detached") == 1);
      second.listen(HOST, port, peers);
      Await.until("the return", deadline, () -> peers.attached() == 1);
      assertThat(link.send(RecordingReferee.query(4))).isTrue();
      Await.until("an answer", deadline, () -> referee.statuses().contains(4));
    }
  }
}
