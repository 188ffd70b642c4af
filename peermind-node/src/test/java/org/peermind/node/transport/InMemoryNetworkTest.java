// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.testkit.Property;
import org.peermind.testkit.VirtualClock;
import org.peermind.testkit.VirtualScheduler;

class InMemoryNetworkTest extends TransportContract {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");

  private final VirtualScheduler time = new VirtualScheduler(new VirtualClock(START));
  private final InMemoryNetwork network =
      new InMemoryNetwork((delay, task) -> time.after(delay, task)::run, new Random(1));

  @Override
  World newWorld() {
    return new InMemoryWorld();
  }

  private final class InMemoryWorld implements World {
    private static final Duration STEP = Duration.ofMillis(1);
    private static final Duration WORK_MAX = Duration.ofMillis(1_500);

    @Override
    public Transport transportOf(IdentityKey key, TransportSettings settings) {
      return network.transportOf(key.id(), settings);
    }

    @Override
    public void advance(Duration step) {
      time.advance(step);
    }

    @Override
    public void until(String what, Duration limit, BooleanSupplier condition) {
      // Messages take a millisecond of virtual time here, so a little is given even without a
      // limit.
      Duration left = limit.plus(limit.isZero() ? WORK_MAX : Duration.ofMillis(20));
      while (!condition.getAsBoolean()) {
        assertThat(left.isNegative()).as("waited in vain for " + what).isFalse();
        time.advance(STEP);
        left = left.minus(STEP);
      }
    }

    @Override
    public void close() {}
  }

  private PeerListener listen() throws IOException {
    return world.transportOf(refereeKey).listen(HOST, 0, peers);
  }

  private RefereeLink attachedNode() throws IOException {
    RefereeLink link =
        world.transportOf(nodeKey).attach(HOST, listen().port(), refereeKey.id(), referee);
    world.until("the attachment", () -> peers.attached() == 1);
    return link;
  }

  @Test
  void bothSidesNoticeWithinFiveSeconds_whenTheNodeFallsSilent() throws IOException {
    RefereeLink link = attachedNode();
    time.advance(Duration.ofMinutes(10));
    assertThat(link.state()).isEqualTo(LinkState.ATTACHED);

    network.silence(nodeKey.id());
    time.advance(Duration.ofSeconds(3));
    assertThat(link.state()).isEqualTo(LinkState.ATTACHED);
    time.advance(Duration.ofMillis(2_010));

    assertThat(peers.events())
        .last()
        .isEqualTo("detached %1$s: Node %1$s has gone silent.".formatted(nodeKey.id().shortText()));
    assertThat(referee.events())
        .contains("detached: The referee at 127.0.0.1:40000 has gone silent.");
    network.resume(nodeKey.id());
    world.until("the return", Duration.ofSeconds(16), () -> peers.attached() == 1);
  }

  @Test
  void holdsBoundedMemoryAndDropsTheNode_whenItDoesNotRead() throws IOException {
    attachedNode();
    PeerLink link = peers.link(nodeKey.id()).orElseThrow();
    network.silence(nodeKey.id());
    int accepted = 0;
    while (link.send(RecordingPeers.status(accepted))) {
      accepted++;
      assertThat(accepted).isLessThan(100_000);
    }
    assertThat(accepted).isGreaterThanOrEqualTo(TransportSettings.defaults().queueMessagesMax());
    time.advance(Duration.ofSeconds(6));
    assertThat(peers.attached()).isZero();
  }

  @Test
  void refusesNewConnections_whenTheBudgetIsSpent() throws IOException {
    PeerListener listener = listen();
    for (int i = 0; i < 180; i++) {
      world
          .transportOf(IdentityKey.generate(SECRETS))
          .attach(HOST, listener.port(), refereeKey.id(), new RecordingReferee());
    }
    time.advance(Duration.ofMillis(20));
    assertThat(listener.attachedPeers()).isEqualTo(100);
    time.advance(Duration.ofSeconds(10));
    assertThat(listener.attachedPeers()).isEqualTo(180);
  }

  @Test
  void attachesAgain_whenASeveredConnectionIsRestored() throws IOException {
    RefereeLink link = attachedNode();
    network.sever(nodeKey.id(), refereeKey.id());
    time.advance(Duration.ofSeconds(30));
    assertThat(peers.attached()).isZero();
    assertThat(link.lastFailure()).get().asString().startsWith("Nothing answers at");
    network.restore(nodeKey.id(), refereeKey.id());
    time.advance(Duration.ofMillis(5_100));
    assertThat(peers.attached()).isEqualTo(1);
  }

  @Test
  void keepsEveryLinksCallsInOrder_underRandomLatencyAndFaults() {
    Property.forAll(
        1,
        40,
        random -> {
          VirtualScheduler clockwork = new VirtualScheduler(new VirtualClock(START));
          InMemoryNetwork stormy =
              new InMemoryNetwork(
                  (delay, task) -> clockwork.after(delay, task)::run,
                  new Random(random.nextLong()));
          stormy.setLatency(Duration.ZERO, Duration.ofMillis(random.nextInt(1, 400)));
          RecordingPeers storming = new RecordingPeers();
          PeerListener listener =
              stormy
                  .transportOf(refereeKey.id(), TransportSettings.defaults())
                  .listen(HOST, 0, storming);
          RecordingReferee node = new RecordingReferee();
          RefereeLink link =
              stormy
                  .transportOf(nodeKey.id(), TransportSettings.defaults())
                  .attach(HOST, listener.port(), refereeKey.id(), node);
          for (int step = 1; step <= 60; step++) {
            link.send(RecordingReferee.query(step));
            switch (random.nextInt(12)) {
              case 0 -> stormy.sever(nodeKey.id(), refereeKey.id());
              case 1, 2, 3 -> stormy.restore(nodeKey.id(), refereeKey.id());
              case 4 -> stormy.silence(nodeKey.id());
              case 5, 6, 7 -> stormy.resume(nodeKey.id());
              default -> {}
            }
            clockwork.advance(Duration.ofMillis(random.nextInt(2_000)));
          }
          stormy.restore(nodeKey.id(), refereeKey.id());
          stormy.resume(nodeKey.id());
          clockwork.advance(Duration.ofSeconds(60));
          assertThat(storming.attached()).isEqualTo(1);
          assertThat(link.state()).isEqualTo(LinkState.ATTACHED);
          assertThat(storming.queriesOf(nodeKey.id())).isSorted().doesNotHaveDuplicates();
          assertThat(node.count("attached") - node.count("detached")).isEqualTo(1);
          assertThat(storming.events().stream().filter(event -> !event.startsWith("hello")))
              .satisfies(TransportOrder::alternates);
        });
  }
}
