// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.node.transport.LinkState;
import org.peermind.node.transport.RefereeHandler;
import org.peermind.node.transport.RefereeLink;
import org.peermind.node.transport.Scheduler;
import org.peermind.node.transport.Transport;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Hello;
import org.peermind.protocol.wire.Up;

/// This node's one stream to one of its referees, shared by its roles.
public final class RefereeAttachment implements RefereeHandler, AutoCloseable {
  private static final Duration SKEW_WARNED = Duration.ofSeconds(30);

  /// Often enough that a new HPKE key is known long before the old one is dropped.
  private static final Duration RECORD_EVERY = Duration.ofHours(6);

  private final KnownReferee referee;
  private final OwnRecord ownRecord;
  private final Optional<SignedEnvelope> invitation;
  private final InstantSource clock;
  private final Scheduler scheduler;
  private final AttachmentWatch watch;
  private final List<Part> parts = new CopyOnWriteArrayList<>();

  private @Nullable RefereeLink link;
  private volatile Duration clockSkew = Duration.ZERO;
  private volatile Instant since;
  private volatile boolean closed;

  /// A role's interest in the stream; called on network threads, so nothing may block.
  public interface Part {
    /// The node is attached and may send.
    void onAttached(Attached answer);

    /// @return whether the message was for this part
    boolean onMessage(Down message);

    void onDetached();

    /// Whether an answer or a question of this part runs over the stream.
    default boolean isBusy() {
      return false;
    }
  }

  /// Makes this node's record anew for every greeting.
  @FunctionalInterface
  public interface OwnRecord {
    SignedEnvelope at(Instant now);
  }

  /// Sees the attachment come and go.
  public interface AttachmentWatch {
    /// @param took since the node began to attach or lost the referee
    void attached(NodeId referee, Duration took);

    /// The referee is lost; not called once this node has closed the attachment itself.
    void detached(NodeId referee, String reason);

    /// The referee cannot be reached or refuses; not called once this node has closed the
    /// attachment itself.
    void failedTry(NodeId referee, String reason);

    /// @param ahead how far this machine's clock is ahead of the referee's; negative when behind
    void clockSkewed(NodeId referee, Duration ahead);
  }

  public RefereeAttachment(
      KnownReferee referee,
      OwnRecord ownRecord,
      Optional<SignedEnvelope> invitation,
      InstantSource clock,
      Scheduler scheduler,
      AttachmentWatch watch) {
    this.referee = referee;
    this.ownRecord = ownRecord;
    this.invitation = invitation;
    this.clock = clock;
    this.scheduler = scheduler;
    this.watch = watch;
    this.since = clock.instant();
  }

  void add(Part part) {
    parts.add(part);
  }

  /// Whether something runs over the stream that its end would disturb.
  boolean isBusy() {
    return parts.stream().anyMatch(Part::isBusy);
  }

  /// Begins to attach; the link tries again by itself for as long as this is open.
  public synchronized void start(Transport transport) {
    if (closed) {
      return;
    }
    since = clock.instant();
    link =
        transport.attach(referee.address().host(), referee.address().port(), referee.node(), this);
    scheduleRecord();
  }

  /// The greeting's record grows old on a stream that lasts, and its HPKE key is replaced daily.
  private void scheduleRecord() {
    scheduler.after(
        RECORD_EVERY,
        () -> {
          if (state() != LinkState.IDLE) {
            send(Up.newBuilder().setRecord(ownRecord.at(clock.instant()).wire()).build());
            scheduleRecord();
          }
        });
  }

  public KnownReferee referee() {
    return referee;
  }

  /// Queues a message; false when the node is not attached or reads too slowly.
  public boolean send(Up message) {
    RefereeLink current = current();
    return current != null && current.send(message);
  }

  private synchronized @Nullable RefereeLink current() {
    return link;
  }

  public LinkState state() {
    RefereeLink current = current();
    return current == null ? LinkState.IDLE : current.state();
  }

  /// When the state last changed between attached and not, or the node began to attach.
  public Instant since() {
    return since;
  }

  /// Why the node is not attached.
  public Optional<String> lastFailure() {
    RefereeLink current = current();
    return current == null ? Optional.empty() : current.lastFailure();
  }

  /// How far this machine's clock is ahead of the referee's.
  public Duration clockSkew() {
    return clockSkew;
  }

  @Override
  public Hello hello() {
    Instant now = clock.instant();
    Hello.Builder hello =
        Hello.newBuilder()
            .setProtocol(Gatekeeper.PROTOCOL)
            .setRecord(ownRecord.at(now).wire())
            .setClockMs(now.toEpochMilli());
    invitation.ifPresent(envelope -> hello.setInvitation(envelope.wire()));
    return hello.build();
  }

  @Override
  public void onAttached(Attached answer) {
    Instant now = clock.instant();
    Duration took = Duration.between(since, now);
    since = now;
    clockSkew = Duration.ofMillis(now.toEpochMilli() - answer.getClockMs());
    watch.attached(referee.node(), took);
    if (clockSkew.abs().compareTo(SKEW_WARNED) > 0) {
      watch.clockSkewed(referee.node(), clockSkew);
    }
    parts.forEach(part -> part.onAttached(answer));
  }

  @Override
  public void onMessage(Down message) {
    for (Part part : parts) {
      if (part.onMessage(message)) {
        return;
      }
    }
  }

  @Override
  public void onDetached(String reason) {
    since = clock.instant();
    new ArrayList<>(parts).forEach(Part::onDetached);
    if (!closed) {
      watch.detached(referee.node(), reason);
    }
  }

  @Override
  public void onFailedTry(String reason) {
    if (!closed) {
      watch.failedTry(referee.node(), reason);
    }
  }

  @Override
  public void close() {
    RefereeLink last;
    synchronized (this) {
      closed = true;
      last = link;
    }
    if (last != null) {
      last.close();
    }
  }
}
