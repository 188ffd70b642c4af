// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.Up;

/// What every transport does, whatever carries the bytes. Time is virtual in each of them.
abstract class TransportContract {
  static final String HOST = "127.0.0.1";
  static final SecureRandom SECRETS = new SecureRandom();

  final IdentityKey refereeKey = IdentityKey.generate(SECRETS);
  final IdentityKey nodeKey = IdentityKey.generate(SECRETS);
  final RecordingPeers peers = new RecordingPeers();
  final RecordingReferee referee = new RecordingReferee();
  World world;

  /// The network under test.
  interface World extends AutoCloseable {
    Transport transportOf(IdentityKey key, TransportSettings settings);

    /// Moves virtual time.
    void advance(Duration step);

    /// Lets the network work until `condition` holds; virtual time moves at most by `limit`.
    void until(String what, Duration limit, BooleanSupplier condition);

    @Override
    void close();

    default Transport transportOf(IdentityKey key) {
      return transportOf(key, TransportSettings.defaults());
    }

    default void until(String what, BooleanSupplier condition) {
      until(what, Duration.ZERO, condition);
    }
  }

  abstract World newWorld();

  @BeforeEach
  void makeWorld() {
    world = newWorld();
  }

  @AfterEach
  void closeWorld() {
    world.close();
  }

  private PeerListener listen(int port) throws IOException {
    return world.transportOf(refereeKey).listen(HOST, port, peers);
  }

  private RefereeLink attach(IdentityKey key, int port, RecordingReferee handler) {
    return world.transportOf(key).attach(HOST, port, refereeKey.id(), handler);
  }

  private RefereeLink attached(int port) {
    RefereeLink link = attach(nodeKey, port, referee);
    world.until("the attachment", () -> peers.link(nodeKey.id()).isPresent());
    return link;
  }

  @Test
  void carriesMessagesBothWaysInOrder_onceAttached() throws IOException {
    RefereeLink link = attached(listen(0).port());
    assertThat(link.state()).isEqualTo(LinkState.ATTACHED);
    assertThat(link.lastFailure()).isEmpty();
    assertThat(referee.events()).containsExactly("attached 1000");

    int sent = 0;
    for (int id = 1; id <= 500; id++) {
      int next = id;
      if (!link.send(RecordingReferee.query(next))) {
        break;
      }
      sent++;
    }
    int last = sent;
    world.until("all answers", () -> referee.statuses().size() == last);

    assertThat(sent).isEqualTo(500);
    assertThat(peers.queriesOf(nodeKey.id()))
        .isEqualTo(IntStream.rangeClosed(1, 500).boxed().toList());
    assertThat(referee.statuses()).isEqualTo(IntStream.rangeClosed(1, 500).boxed().toList());
  }

  @Test
  void tellsTheNodeInTheRefereesWords_whenItsHelloIsRefused() throws IOException {
    peers.refuseWith("This is the network \"north\", not \"south\".");
    RefereeLink link = attach(nodeKey, listen(0).port(), referee);
    world.until("the refusal", () -> referee.count("failed") == 1);

    assertThat(referee.events())
        .containsExactly("failed: This is the network \"north\", not \"south\".");
    assertThat(link.state()).isEqualTo(LinkState.BACKOFF);
    assertThat(link.lastFailure()).contains("This is the network \"north\", not \"south\".");
    assertThat(link.send(RecordingReferee.query(1))).isFalse();
    assertThat(peers.attached()).isZero();
  }

  @Test
  void asksAgainOnlyAfterHalfAMinute_whenItsHelloWasRefused() throws IOException {
    peers.refuseWith("Not now.");
    RefereeLink link = attach(nodeKey, listen(0).port(), referee);
    world.until("the refusal", () -> referee.count("failed") == 1);
    peers.admit();

    world.advance(Duration.ofSeconds(29));
    assertThat(link.state()).isEqualTo(LinkState.BACKOFF);
    world.until("the second try", Duration.ofSeconds(7), () -> referee.count("attached") == 1);
    assertThat(peers.events()).contains("hello " + nodeKey.id().shortText() + " 2");
  }

  @Test
  void refusesAnotherNodeThanTheInvited() throws IOException {
    IdentityKey other = IdentityKey.generate(SECRETS);
    int port = listen(0).port();
    world.transportOf(nodeKey).attach(HOST, port, other.id(), referee);
    world.until("the refusal", () -> referee.count("failed") == 1);

    assertThat(referee.events())
        .containsExactly(
            "failed: The node at 127.0.0.1:%d is %s, not the invited %s; ask for a new invitation."
                .formatted(port, refereeKey.id().shortText(), other.id().shortText()));
    assertThat(peers.events()).isEmpty();
  }

  @Test
  void saysThatNothingListens_whenTheRefereeDoesNotRun() throws IOException {
    PeerListener listener = listen(0);
    int port = listener.port();
    listener.close();
    attach(nodeKey, port, referee);
    world.until("the failed try", () -> referee.count("failed") == 1);

    assertThat(referee.events())
        .containsExactly(
            "failed: Nothing listens at 127.0.0.1:%d; check that the referee runs and its address."
                .formatted(port));
  }

  @Test
  void saysThatThePortIsInUse_whenItListensTwice() throws IOException {
    int port = listen(0).port();
    Transport second = world.transportOf(nodeKey);
    assertThatThrownBy(() -> second.listen(HOST, port, peers))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "Another program already listens at 127.0.0.1:%d; stop it or choose another port."
                .formatted(port));
  }

  @Test
  void attachesAgainWithinASecond_whenTheRefereeRestarts() throws IOException {
    PeerListener first = listen(0);
    int port = first.port();
    RefereeLink link = attached(port);
    first.close();
    world.until("the loss", () -> referee.count("detached") == 1);
    assertThat(referee.events()).last().isEqualTo("detached: The referee stops.");
    assertThat(link.state()).isEqualTo(LinkState.BACKOFF);

    listen(port);
    world.until("the return", Duration.ofSeconds(1), () -> referee.count("attached") == 2);
    world.until("the acknowledgement", () -> peers.link(nodeKey.id()).isPresent());
    assertThat(link.lastFailure()).isEmpty();
  }

  @Test
  void keepsTryingWithinFiveSeconds_whileTheRefereeIsAway() throws IOException {
    PeerListener first = listen(0);
    int port = first.port();
    attached(port);
    first.close();
    world.until("the loss", () -> referee.count("detached") == 1);
    for (int failed = 1; failed <= 6; failed++) {
      int tries = failed;
      world.until("try " + tries, Duration.ofMillis(5_100), () -> referee.count("failed") >= tries);
    }
    listen(port);
    world.until("the return", Duration.ofMillis(5_100), () -> referee.count("attached") == 2);
  }

  @Test
  void endsTheOldLinkFirst_whenTheSameNodeAttachesAgain() throws IOException {
    int port = listen(0).port();
    attached(port);
    RecordingReferee second = new RecordingReferee();
    attach(nodeKey, port, second);
    String name = nodeKey.id().shortText();
    world.until(
        "both attachments",
        () -> peers.events().stream().filter(("attached " + name)::equals).count() == 2);

    assertThat(peers.events().stream().filter(event -> !event.startsWith("hello")).limit(3))
        .containsExactly(
            "attached " + name,
            "detached " + name + ": A newer connection of node " + name + " took over.",
            "attached " + name);
    assertThat(peers.attached()).isEqualTo(1);
  }

  @Test
  void detachesBothSidesAndStaysAway_whenTheNodeCloses() throws IOException {
    PeerListener listener = listen(0);
    RefereeLink link = attached(listener.port());
    link.close();
    assertThat(link.send(RecordingReferee.query(1))).isFalse();
    world.until("the detachment", () -> peers.attached() == 0 && link.state() == LinkState.IDLE);
    world.advance(Duration.ofSeconds(60));

    assertThat(referee.events()).containsExactly("attached 1000", "detached: This node detached.");
    assertThat(listener.attachedPeers()).isZero();
    assertThat(peers.events()).last().asString().startsWith("detached ");
  }

  @Test
  void tellsTheNodeWhy_whenTheRefereeClosesTheLink() throws IOException {
    RefereeLink link = attached(listen(0).port());
    PeerLink peer = peers.link(nodeKey.id()).orElseThrow();
    assertThat(peer.send(RecordingPeers.status(7))).isTrue();
    peer.close("The node reported power that it cannot have.");
    assertThat(peer.send(RecordingPeers.status(8))).isFalse();
    world.until("the detachment", () -> referee.count("detached") == 1);

    assertThat(referee.statuses()).containsExactly(7);
    assertThat(link.lastFailure()).contains("The node reported power that it cannot have.");
  }

  @Test
  void refusesOneMoreNode_whenItsPlacesAreTaken() throws IOException {
    TransportSettings single = TransportSettings.defaults().withPeers(1, 4);
    PeerListener listener = world.transportOf(refereeKey, single).listen(HOST, 0, peers);
    attached(listener.port());
    RecordingReferee second = new RecordingReferee();
    attach(IdentityKey.generate(SECRETS), listener.port(), second);
    world.until("the refusal", () -> second.count("failed") == 1);

    assertThat(second.events())
        .containsExactly(
            "failed: This referee already carries 1 nodes; try another one, or this one later.");
    assertThat(listener.attachedPeers()).isEqualTo(1);
  }

  @Test
  void comesBackWithinTheSpread_whenTheRefereeDrains() throws IOException {
    PeerListener first = listen(0);
    int port = first.port();
    RefereeLink link = attached(port);
    first.drain(Duration.ofSeconds(20));
    world.until("the notice", () -> link.state() == LinkState.DRAINING);
    assertThat(link.send(RecordingReferee.query(3))).isTrue();
    world.until("the answer", () -> referee.statuses().contains(3));

    first.close();
    world.until("the end", () -> referee.count("detached") == 1);
    listen(port);
    world.until("the return", Duration.ofSeconds(21), () -> referee.count("attached") == 2);
  }

  @Test
  void refusesToSend_whatIsLargerThanAllowed() throws IOException {
    RefereeLink link = attached(listen(0).port());
    Frame large =
        Frame.newBuilder()
            .setSealed(ByteString.copyFrom(new byte[TransportSettings.MESSAGE_BYTES_MAX]))
            .build();
    assertThat(link.send(Up.newBuilder().setFrame(large).build())).isFalse();
    PeerLink peer = peers.link(nodeKey.id()).orElseThrow();
    assertThat(peer.send(Down.newBuilder().setFrame(large).build())).isFalse();
    assertThat(link.send(RecordingReferee.query(1))).isTrue();
    world.until("an answer", () -> referee.statuses().contains(1));
  }

  @Test
  void carriesFullFrames() throws IOException {
    RefereeLink link = attached(listen(0).port());
    Up full =
        Up.newBuilder()
            .setFrame(Frame.newBuilder().setSealed(ByteString.copyFrom(new byte[49_500])))
            .build();
    for (int i = 0; i < 20; i++) {
      int count = i + 1;
      assertThat(link.send(full)).isTrue();
      world.until("frame " + count, () -> peers.queriesOf(nodeKey.id()).size() == count);
    }
  }

  @Test
  void endsOnlyTheOneLink_whenTheRoleFailsOnAMessage() throws IOException {
    PeerListener listener = listen(0);
    RefereeLink link = attached(listener.port());
    RecordingReferee bystander = new RecordingReferee();
    attach(IdentityKey.generate(SECRETS), listener.port(), bystander);
    world.until("the bystander", () -> peers.attached() == 2);
    peers.failOnMessages(true);
    link.send(RecordingReferee.query(1));
    world.until("the detachment", () -> referee.count("detached") == 1);
    peers.failOnMessages(false);

    world.until("the return", Duration.ofSeconds(1), () -> peers.attached() == 2);
    assertThat(bystander.events()).containsExactly("attached 1000");
  }
}
