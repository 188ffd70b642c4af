// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.peermind.node.query.QueryRefused;
import org.peermind.node.transport.LinkState;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.AssignRequest;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.CancelAssign;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.NetworkStatus;
import org.peermind.protocol.wire.StatusQuery;
import org.peermind.protocol.wire.Up;

/// A light user towards one of its referees: the questions that wait for an inferer there, and the
/// answers that this referee relays.
final class UserLink implements RefereeAttachment.Part {
  static final int RETRY_SECONDS = 5;
  private static final Duration STATUS_WAIT = Duration.ofSeconds(2);
  private static final int PENDING_MAX = 1_024;

  /// Replies that may wait for the asking thread; half of them are kept for the last one.
  private static final int REPLIES_MAX = 16;

  private final RefereeAttachment attachment;
  private final Map<Id16, Request> requests = new ConcurrentHashMap<>();
  private final Map<Integer, BlockingQueue<NetworkStatus>> statusQueries =
      new ConcurrentHashMap<>();
  private final Map<Id16, RemoteAttempt> sessions = new ConcurrentHashMap<>();
  private final AtomicInteger statusIds = new AtomicInteger();

  UserLink(RefereeAttachment attachment) {
    this.attachment = attachment;
  }

  RefereeAttachment attachment() {
    return attachment;
  }

  NodeId referee() {
    return attachment.referee().node();
  }

  boolean isAttached() {
    return attachment.state() == LinkState.ATTACHED;
  }

  /// Sends a request for an inferer; its replies come to the returned box.
  ///
  /// @throws QueryRefused when the referee cannot be asked now
  Request ask(Id16 id, AssignRequest assign) throws QueryRefused {
    if (requests.size() >= PENDING_MAX) {
      throw new QueryRefused(
          RefusalCode.NO_CAPACITY, "This node has too many questions waiting.", RETRY_SECONDS);
    }
    Request request = new Request(id);
    requests.put(id, request);
    if (!attachment.send(Up.newBuilder().setAssign(assign).build())) {
      request.close();
      throw lost();
    }
    return request;
  }

  /// A request for an inferer that waits for its answer. Closing it takes it back, unless it was
  /// answered.
  final class Request implements AutoCloseable {
    private final Id16 id;
    private final BlockingQueue<Down> replies = new LinkedBlockingQueue<>(REPLIES_MAX);
    private boolean answered;
    private boolean closed;

    private Request(Id16 id) {
      this.id = id;
    }

    /// The next word of the referee about this request: a place in the queue, an assignment or a
    /// refusal; empty when none came in time.
    ///
    /// @throws QueryRefused when the referee is lost meanwhile
    Optional<Down> next(Duration patience) throws QueryRefused, InterruptedException {
      Down reply = replies.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
      if (reply == null) {
        return Optional.empty();
      }
      if (reply.getKindCase() == Down.KindCase.KIND_NOT_SET) {
        answered = true;
        throw lost();
      }
      answered = !reply.hasQueued();
      return Optional.of(reply);
    }

    /// @return false when nobody waits any more, or there is no room
    private synchronized boolean take(Down reply) {
      if (closed) {
        return false;
      }
      boolean room = !reply.hasQueued() || replies.size() < REPLIES_MAX / 2;
      return !room || replies.offer(reply);
    }

    @Override
    public void close() {
      requests.remove(id);
      if (!answered) {
        attachment.send(
            Up.newBuilder()
                .setCancelAssign(
                    CancelAssign.newBuilder().setRequest(ByteString.copyFrom(id.toBytes())))
                .build());
      }
      synchronized (this) {
        closed = true;
      }
      // An assignment that came while nobody waited any more.
      for (Down late = replies.poll(); late != null; late = replies.poll()) {
        abandon(late);
      }
    }
  }

  /// The stream is not there, or broke while somebody waited.
  QueryRefused lost() {
    return new QueryRefused(
        RefusalCode.NO_REFEREE,
        "This node is not attached to its referee %s%s"
            .formatted(
                referee().shortText(),
                attachment.lastFailure().map(reason -> ": " + reason).orElse("; trying again.")),
        RETRY_SECONDS);
  }

  /// Gives back an inferer that nobody waits for, so that neither it nor the referee keeps a place
  /// for the answer.
  void abandon(Down reply) {
    if (!reply.hasAssigned()) {
      return;
    }
    try {
      SignedEnvelope ticket = SignedEnvelope.of(reply.getAssigned().getTicket());
      RemoteAttempt.endSession(attachment, Ticket.open(ticket, referee()).session());
    } catch (ProtocolException forged) {
      // A ticket that says nothing true names no session to be ended.
    }
  }

  /// From now on the frames of this session go to the attempt.
  void open(Id16 session, RemoteAttempt attempt) {
    sessions.put(session, attempt);
  }

  void forget(Id16 session) {
    sessions.remove(session);
  }

  /// The network as this referee sees it.
  NetworkStatus networkStatus() throws QueryRefused, InterruptedException {
    int id = statusIds.incrementAndGet();
    BlockingQueue<NetworkStatus> box = new LinkedBlockingQueue<>(1);
    statusQueries.put(id, box);
    try {
      if (!attachment.send(
          Up.newBuilder().setStatusQuery(StatusQuery.newBuilder().setId(id)).build())) {
        throw lost();
      }
      NetworkStatus status = box.poll(STATUS_WAIT.toMillis(), TimeUnit.MILLISECONDS);
      if (status == null) {
        throw new QueryRefused(
            RefusalCode.NO_REFEREE, "The referee did not answer.", RETRY_SECONDS);
      }
      return status;
    } finally {
      statusQueries.remove(id);
    }
  }

  @Override
  public void onAttached(Attached answer) {}

  @Override
  public boolean onMessage(Down message) {
    return switch (message.getKindCase()) {
      case ASSIGNED -> deliver(message.getAssigned().getRequest(), message);
      case ASSIGN_REFUSED -> deliver(message.getAssignRefused().getRequest(), message);
      case QUEUED -> deliver(message.getQueued().getRequest(), message);
      case NETWORK_STATUS -> {
        BlockingQueue<NetworkStatus> box = statusQueries.get(message.getNetworkStatus().getId());
        yield box == null || box.offer(message.getNetworkStatus());
      }
      case FRAME -> {
        Frame frame = message.getFrame();
        RemoteAttempt attempt = session(frame.getSession());
        if (attempt != null) {
          attempt.accept(frame);
        }
        yield attempt != null;
      }
      case NO_ROUTE -> gone(message.getNoRoute().getSession());
      case PEER_GONE -> gone(message.getPeerGone().getSession());
      default -> false;
    };
  }

  private boolean deliver(ByteString id, Down message) {
    try {
      Request request = requests.get(Id16.ofBytes(id.toByteArray()));
      if (request == null || !request.take(message)) {
        abandon(message);
      }
      return true;
    } catch (ProtocolException malformed) {
      return true;
    }
  }

  private @Nullable RemoteAttempt session(ByteString id) {
    try {
      return sessions.get(Id16.ofBytes(id.toByteArray()));
    } catch (ProtocolException malformed) {
      return null;
    }
  }

  private boolean gone(ByteString session) {
    RemoteAttempt attempt = session(session);
    if (attempt != null) {
      attempt.gone(
          RefusalCode.INFERER_FAILED, "The inferer " + attempt.worker().shortText() + " is gone.");
    }
    return attempt != null;
  }

  /// Whoever waits or reads learns at once that the referee is gone, and goes on elsewhere.
  @Override
  public void onDetached() {
    requests.values().forEach(request -> request.take(Down.getDefaultInstance()));
    sessions
        .values()
        .forEach(
            attempt ->
                attempt.gone(
                    RefusalCode.NO_REFEREE, "The referee " + referee().shortText() + " is gone."));
  }

  @Override
  public boolean isBusy() {
    return !requests.isEmpty() || !sessions.isEmpty();
  }
}
