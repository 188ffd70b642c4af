// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptSource;
import org.peermind.node.query.QueryRefused;
import org.peermind.node.transport.PeerText;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.QueryCipher;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.Role;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.AssignRefused;
import org.peermind.protocol.wire.AssignRequest;
import org.peermind.protocol.wire.Assigned;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.NetworkStatus;
import org.peermind.protocol.wire.NodeStatus;
import org.peermind.protocol.wire.ServedModelPayload;
import org.peermind.protocol.wire.StatusQuery;
import org.peermind.protocol.wire.Up;

/// A user of the network (spec section 2.2): asks a referee for an inferer, seals the question to
/// it, and hands the opened answer to the local API.
public final class LightUserRole implements AttemptSource, RefereeAttachment.Part {
  private static final Duration ASSIGN_DEADLINE = Duration.ofSeconds(10);
  private static final Duration ASSIGN_WAIT = ASSIGN_DEADLINE.plusSeconds(2);
  private static final Duration STATUS_WAIT = Duration.ofSeconds(2);
  private static final Duration SKEW_MAX = Duration.ofDays(1);
  private static final int PENDING_MAX = 1_024;
  private static final int MODEL_CHARACTERS_MAX = 100;
  private static final int TOKENS_MAX = 1_000_000;
  private static final int RETRY_SECONDS = 5;
  private static final int[] SIZE_CLASSES_BYTES = {
    512, 2_048, 8_192, 32_768, 131_072, 524_288, 2_097_152
  };

  private final RefereeAttachment attachment;
  private final NodeId self;
  private final NetworkName network;
  private final PlaceCell place;
  private final InstantSource clock;
  private final SecureRandom random;
  private final Map<Id16, BlockingQueue<Down>> requests = new ConcurrentHashMap<>();
  private final Map<Integer, BlockingQueue<NetworkStatus>> statusQueries =
      new ConcurrentHashMap<>();
  private final Map<Id16, RemoteAttempt> sessions = new ConcurrentHashMap<>();
  private final AtomicInteger statusIds = new AtomicInteger();

  /// @param self never asked over the network, because what this node can compute it computes at
  ///   home
  public LightUserRole(
      RefereeAttachment attachment,
      NodeId self,
      NetworkName network,
      PlaceCell place,
      InstantSource clock,
      SecureRandom random) {
    this.attachment = attachment;
    this.self = self;
    this.network = network;
    this.place = place;
    this.clock = clock;
    this.random = random;
    attachment.add(this);
  }

  @Override
  public Attempt start(AnswerSoFar soFar) throws QueryRefused, InterruptedException {
    Down reply = requestInferer(soFar);
    if (reply.hasAssignRefused()) {
      throw refused(reply.getAssignRefused());
    }
    try {
      return open(soFar, reply.getAssigned());
    } catch (ProtocolException untrusted) {
      abandon(reply);
      throw new QueryRefused(
          RefusalCode.INFERER_FAILED,
          "The referee's assignment cannot be trusted: " + untrusted.getMessage() + ".",
          RETRY_SECONDS);
    }
  }

  private Down requestInferer(AnswerSoFar soFar) throws QueryRefused, InterruptedException {
    if (soFar.modelText().length() > MODEL_CHARACTERS_MAX) {
      throw new QueryRefused(RefusalCode.UNKNOWN_MODEL, "No model has so long a name.", 0);
    }
    Id16 request = Id16.random(random);
    BlockingQueue<Down> box = new LinkedBlockingQueue<>(1);
    if (requests.size() >= PENDING_MAX) {
      throw new QueryRefused(
          RefusalCode.NO_CAPACITY, "This node has too many questions waiting.", RETRY_SECONDS);
    }
    requests.put(request, box);
    try {
      if (!attachment.send(Up.newBuilder().setAssign(assign(request, soFar)).build())) {
        throw noReferee();
      }
      Down reply = box.poll(ASSIGN_WAIT.toMillis(), TimeUnit.MILLISECONDS);
      if (reply == null) {
        throw new QueryRefused(
            RefusalCode.NO_REFEREE,
            "The referee did not answer within " + ASSIGN_WAIT.toSeconds() + " s.",
            RETRY_SECONDS);
      }
      if (reply.getKindCase() == Down.KindCase.KIND_NOT_SET) {
        throw noReferee();
      }
      return reply;
    } finally {
      requests.remove(request);
      // An assignment that came while nobody waited any more.
      abandon(box.poll());
    }
  }

  private AssignRequest assign(Id16 request, AnswerSoFar soFar) {
    AssignRequest.Builder assign =
        AssignRequest.newBuilder()
            .setRequest(ByteString.copyFrom(request.toBytes()))
            .setModel(soFar.modelText())
            .setPromptBytes(sizeClassBytes(soFar.query().promptBytes()))
            .setTokensMax(Math.min(soFar.query().tokensMax(), TOKENS_MAX))
            .setDeadlineMs((int) ASSIGN_DEADLINE.toMillis())
            .setPlaceCell(place.geohash())
            .setResumes(!soFar.tokens().isEmpty())
            .addExcluded(ByteString.copyFrom(self.toBytes()));
    soFar.job().ifPresent(job -> assign.setJob(ByteString.copyFrom(job.toBytes())));
    soFar.excluded().stream()
        .filter(node -> !node.equals(self))
        .forEach(node -> assign.addExcluded(ByteString.copyFrom(node.toBytes())));
    return assign.build();
  }

  /// Gives back an inferer that nobody waits for, so that neither it nor the referee keeps a place
  /// for the answer.
  private void abandon(@Nullable Down reply) {
    if (reply == null || !reply.hasAssigned()) {
      return;
    }
    try {
      SignedEnvelope ticket = SignedEnvelope.of(reply.getAssigned().getTicket());
      RemoteAttempt.endSession(
          attachment, Ticket.open(ticket, attachment.referee().node()).session());
    } catch (ProtocolException forged) {
      // A ticket that says nothing true names no session to be ended.
    }
  }

  /// What a referee learns of a prompt is its size class, not its length.
  private static int sizeClassBytes(int bytes) {
    for (int sizeClass : SIZE_CLASSES_BYTES) {
      if (bytes <= sizeClass) {
        return sizeClass;
      }
    }
    return SIZE_CLASSES_BYTES[SIZE_CLASSES_BYTES.length - 1];
  }

  private QueryRefused noReferee() {
    return new QueryRefused(
        RefusalCode.NO_REFEREE,
        "This node is not attached to its referee"
            + attachment.lastFailure().map(reason -> ": " + reason).orElse("; trying again."),
        RETRY_SECONDS);
  }

  private static QueryRefused refused(AssignRefused refused) {
    return new QueryRefused(
        RefusalCode.of(refused.getCode()).orElse(RefusalCode.NO_CAPACITY),
        PeerText.clean(refused.getReason()),
        refused.getRetryAfterSeconds());
  }

  /// Checks ticket and inferer, seals the question and sends it.
  private RemoteAttempt open(AnswerSoFar soFar, Assigned assigned)
      throws QueryRefused, ProtocolException {
    SignedEnvelope signedTicket = SignedEnvelope.of(assigned.getTicket());
    Ticket ticket = Ticket.open(signedTicket, attachment.referee().node());
    NodeRecord inferer =
        NodeRecord.open(
            SignedEnvelope.of(assigned.getInfererRecord()), clock.instant().minus(believedSkew()));
    check(soFar, ticket, inferer);
    long seed = soFar.seed().orElse(ticket.seed());
    Id16 session = ticket.session();
    RemoteAttempt attempt =
        new RemoteAttempt(
            ticket,
            QueryCipher.ofUser(session, signedTicket, inferer.hpkePublicKey()),
            seed,
            attachment,
            () -> sessions.remove(session));
    sessions.put(session, attempt);
    if (!attempt.send(QuestionMessage.of(soFar, seed))) {
      attempt.close();
      throw noReferee();
    }
    return attempt;
  }

  /// How far this clock is believed to be ahead of the network's. A referee that names another day
  /// must not bring long expired records back to life.
  private Duration believedSkew() {
    Duration skew = attachment.clockSkew();
    if (skew.abs().compareTo(SKEW_MAX) <= 0) {
      return skew;
    }
    return skew.isNegative() ? SKEW_MAX.negated() : SKEW_MAX;
  }

  private void check(AnswerSoFar soFar, Ticket ticket, NodeRecord inferer)
      throws ProtocolException {
    Optional<ModelHash> wanted = soFar.model();
    if (!ticket.network().equals(network) || !inferer.network().equals(network)) {
      throw new ProtocolException("it is of another network");
    }
    if (!ticket.inferer().equals(inferer.node()) || !inferer.roles().contains(Role.INFERER)) {
      throw new ProtocolException("the ticket is not for the inferer that is named");
    }
    if (wanted.isPresent() && !wanted.get().equals(ticket.model())) {
      throw new ProtocolException("the ticket is for another model");
    }
  }

  /// The network as the referee sees it.
  public NetworkStatus networkStatus() throws QueryRefused, InterruptedException {
    int id = statusIds.incrementAndGet();
    BlockingQueue<NetworkStatus> box = new LinkedBlockingQueue<>(1);
    statusQueries.put(id, box);
    try {
      if (!attachment.send(
          Up.newBuilder().setStatusQuery(StatusQuery.newBuilder().setId(id)).build())) {
        throw noReferee();
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
  public List<ServedModel> models() throws QueryRefused, InterruptedException {
    Map<ModelHash, ServedModel> models = new LinkedHashMap<>();
    for (NodeStatus node : networkStatus().getNodesList()) {
      for (ServedModelPayload payload : node.getModelsList()) {
        try {
          ServedModel model = ServedModel.decode(payload);
          models.putIfAbsent(model.hash(), model);
        } catch (ProtocolException | IllegalArgumentException malformed) {
          throw new QueryRefused(
              RefusalCode.NO_REFEREE, "The referee's list of models is malformed.", 0);
        }
      }
    }
    return new ArrayList<>(models.values());
  }

  @Override
  public void onAttached(Attached answer) {}

  @Override
  public boolean onMessage(Down message) {
    return switch (message.getKindCase()) {
      case ASSIGNED -> deliver(message.getAssigned().getRequest(), message);
      case ASSIGN_REFUSED -> deliver(message.getAssignRefused().getRequest(), message);
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

  private boolean deliver(ByteString request, Down message) {
    try {
      BlockingQueue<Down> box = requests.get(Id16.ofBytes(request.toByteArray()));
      if (box == null || !box.offer(message)) {
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
      attempt.gone("The inferer " + attempt.worker().shortText() + " is gone.");
    }
    return attempt != null;
  }

  @Override
  public void onDetached() {
    requests.values().forEach(box -> box.offer(Down.getDefaultInstance()));
    sessions.values().forEach(attempt -> attempt.gone("The referee is gone."));
  }
}
