// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.peermind.ledger.LedgerReader;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.node.governance.NetworkLedger;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.node.transport.LinkState;
import org.peermind.node.transport.PeerHandler;
import org.peermind.node.transport.PeerLink;
import org.peermind.node.transport.PeerListener;
import org.peermind.node.transport.RefereeHandler;
import org.peermind.node.transport.RefereeLink;
import org.peermind.node.transport.Transport;
import org.peermind.node.transport.TransportSettings;
import org.peermind.protocol.HpkeKey;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.BlobGift;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Envelope;
import org.peermind.protocol.wire.RoundSubmit;
import org.peermind.protocol.wire.Up;
import org.peermind.testkit.Await;
import org.peermind.voting.Governance;

/// A member of a town and its stream to the referee, over which every message goes as its bytes.
final class RoundSeat implements Transport, NetworkLedger, PeerLink {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  final IdentityKey key;
  final Pupil pupil;

  /// Every message that came, and why the referee ended the stream.
  final List<Down> came = new CopyOnWriteArrayList<>();

  volatile Optional<String> ended = Optional.empty();

  /// The stream breaks just before such a message arrives.
  volatile Predicate<Down> breaksBefore = _ -> false;

  /// Such messages are dropped, as when a queue is full.
  volatile Predicate<Down> loses = _ -> false;

  /// What a liar at the other end makes of every message.
  volatile UnaryOperator<Down> changes = UnaryOperator.identity();

  /// What this member's copy of the ledger says, when it is behind.
  volatile Optional<Governance> behind = Optional.empty();

  RoundMember member;

  private final RoundTown town;
  private final int number;
  private volatile RefereeAttachment.@Nullable Part part;
  private boolean isStopped = true;

  RoundSeat(RoundTown town, int number, IdentityKey key) {
    this.town = town;
    this.number = number;
    this.key = key;
    this.pupil = new Pupil(number);
    this.member = opened();
  }

  void start() {
    member = opened();
    isStopped = false;
    attach();
  }

  private RoundMember opened() {
    return new RoundMember(
        new RoundMember.Parts(
            town.folder.resolve("member" + number),
            key,
            this,
            pupil,
            pupil,
            town.sums,
            town.clock,
            town.heard::add));
  }

  void stop() throws IOException {
    if (!isStopped) {
      isStopped = true;
      detach();
      member.close();
    }
  }

  /// The member's process ends and begins again.
  void restart() throws IOException {
    stop();
    start();
  }

  void attach() {
    if (isStopped) {
      return;
    }
    RefereeAttachment attachment =
        new RefereeAttachment(
            new KnownReferee(town.aggregator.id(), new HostPort("127.0.0.1", 1)),
            _ -> {
              throw new IllegalStateException("nobody asks for the record");
            },
            Optional.empty(),
            town.clock,
            (_, _) -> () -> {},
            new Unwatched());
    RefereeAttachment.Part made = member.at(attachment);
    part = made;
    attachment.start(this);
    made.onAttached(Attached.getDefaultInstance());
    town.desk.onAttached(
        this,
        new NodeRecord(
            key.id(),
            new NetworkName("town"),
            1,
            Set.of(Role.INFERER),
            new PlaceCell("eyt"),
            HpkeKey.generate().publicKey(),
            Instant.MAX,
            List.of(),
            "test"));
  }

  void detach() {
    RefereeAttachment.Part last = part;
    part = null;
    town.desk.onDetached(key.id());
    if (last != null) {
      last.onDetached();
    }
  }

  /// It looks once, and what it began has ended when this returns.
  void look() throws Exception {
    if (isStopped) {
      return;
    }
    if (part == null) {
      attach();
    }
    member.look();
    Await.until("the member's work", PATIENCE, () -> !member.isWorking());
  }

  /// The last outcome that it was told.
  String lastReason() {
    return came.stream()
        .filter(Down::hasRoundOutcome)
        .reduce((_, later) -> later)
        .orElseThrow()
        .getRoundOutcome()
        .getReason();
  }

  /// Sends something that no honest member would, and waits until the referee answers or ends the
  /// stream.
  void sends(Up message) {
    int before = came.size();
    sendsWithoutWaiting(message);
    Await.until("an answer", PATIENCE, () -> came.size() > before || ended.isPresent());
  }

  void sendsWithoutWaiting(Up message) {
    toReferee(message);
  }

  /// Hands a message in as it is, and answers why it is refused; empty when it is taken.
  String says(Envelope message) {
    return outcomeOf(
        Up.newBuilder()
            .setRoundSubmit(RoundSubmit.newBuilder().setId(9).setMessage(message))
            .build());
  }

  /// Waits for the outcome itself: news of the round may come before it.
  private String outcomeOf(Up message) {
    long before = outcomes();
    sendsWithoutWaiting(message);
    Await.until("an outcome", PATIENCE, () -> outcomes() > before || ended.isPresent());
    return lastReason();
  }

  private long outcomes() {
    return came.stream().filter(Down::hasRoundOutcome).count();
  }

  String says(SignedEnvelope message) {
    return says(message.wire());
  }

  /// Gives a piece of an update likewise.
  String gives(long offset, byte[] data) {
    return outcomeOf(
        Up.newBuilder()
            .setBlobGift(
                BlobGift.newBuilder()
                    .setId(9)
                    .setRound(ByteString.copyFrom(town.round().id().toBytes()))
                    .setOffset(offset)
                    .setData(ByteString.copyFrom(data)))
            .build());
  }

  private boolean toReferee(Up message) {
    byte[] bytes = message.toByteArray();
    if (bytes.length > TransportSettings.MESSAGE_BYTES_MAX || part == null) {
      return false;
    }
    try {
      town.desk.onMessage(this, Up.parseFrom(bytes));
    } catch (ProtocolException malformed) {
      close(String.valueOf(malformed.getMessage()));
    } catch (InvalidProtocolBufferException impossible) {
      throw new AssertionError(impossible);
    }
    return true;
  }

  @Override
  public NodeId id() {
    return key.id();
  }

  @Override
  public boolean send(Down message) {
    RefereeAttachment.Part to = part;
    if (to == null || message.getSerializedSize() > TransportSettings.MESSAGE_BYTES_MAX) {
      return false;
    }
    if (loses.test(message)) {
      return false;
    }
    if (breaksBefore.test(message)) {
      breaksBefore = _ -> false;
      detach();
      return false;
    }
    // Before the member hears of it: a test counts as soon as the member has what it waited for.
    came.add(message);
    try {
      to.onMessage(changes.apply(Down.parseFrom(message.toByteArray())));
    } catch (InvalidProtocolBufferException impossible) {
      throw new AssertionError(impossible);
    }
    return true;
  }

  @Override
  public void close(String reason) {
    ended = Optional.of(reason);
    detach();
  }

  @Override
  public RefereeLink attach(String host, int port, NodeId referee, RefereeHandler handler) {
    return new RefereeLink() {
      @Override
      public NodeId referee() {
        return referee;
      }

      @Override
      public LinkState state() {
        return LinkState.ATTACHED;
      }

      @Override
      public Optional<String> lastFailure() {
        return Optional.empty();
      }

      @Override
      public boolean send(Up message) {
        return toReferee(message);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public PeerListener listen(String host, int port, PeerHandler handler) throws IOException {
    throw new IOException("it does not listen");
  }

  @Override
  public void close() {}

  @Override
  public Optional<Governance> governance() {
    return behind.isPresent() ? behind : town.ledger.governance();
  }

  @Override
  public Optional<LedgerReader> reader() {
    return town.ledger.reader();
  }

  @Override
  public Instant now() {
    return town.ledger.now();
  }

  @Override
  public Submitted submit(SignedEnvelope record) throws InterruptedException {
    return town.ledger.submit(record);
  }

  @Override
  public void onChange(Runnable listener) {
    // Members look by themselves.
  }

  static final class Unwatched implements RefereeAttachment.AttachmentWatch {
    @Override
    public void attached(NodeId referee, Duration took) {}

    @Override
    public void detached(NodeId referee, String reason) {}

    @Override
    public void failedTry(NodeId referee, String reason) {}

    @Override
    public void clockSkewed(NodeId referee, Duration ahead) {}
  }
}
