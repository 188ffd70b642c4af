// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptSource;
import org.peermind.node.query.QueryRefused;
import org.peermind.node.query.QueueWatch;
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
import org.peermind.protocol.SeenEnvelopes;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.AssignRefused;
import org.peermind.protocol.wire.AssignRequest;
import org.peermind.protocol.wire.Assigned;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.NetworkStatus;
import org.peermind.protocol.wire.NodeStatus;
import org.peermind.protocol.wire.Queued;
import org.peermind.protocol.wire.ServedModelPayload;

/// A user of the network (spec section 2.2): asks its referees for an inferer, seals the question
/// to it, and hands the opened answer to the local API.
///
/// The referees are asked one after the other, the home first, whether an inferer is free now; when
/// none is, the question waits in the queue of the one that expects the shortest wait.
public final class LightUserRole implements AttemptSource {
  private static final Duration ASSIGN_DEADLINE = Duration.ofSeconds(10);

  /// How long a question may wait in a referee's queue.
  private static final Duration QUEUE_DEADLINE = Duration.ofSeconds(60);

  /// What a reply may take on its way, beyond the deadline that the referee was told.
  private static final Duration REPLY_GRACE = Duration.ofSeconds(2);

  /// A referee that says nothing for so long is passed over while there is another one.
  private static final Duration SILENCE_PATIENCE = Duration.ofMillis(1_500);

  private static final Duration SKEW_MAX = Duration.ofDays(1);
  private static final int MODEL_CHARACTERS_MAX = 100;
  private static final int TOKENS_MAX = 1_000_000;
  private static final int INFERER_RECORDS_MAX = 64;
  private static final int RETRY_SECONDS = UserLink.RETRY_SECONDS;
  private static final int QUEUE_POSITION_MAX = 1_000_000;
  private static final int REFUSED_FOR_SECONDS_MAX = 24 * 3_600;

  private static final int[] SIZE_CLASSES_BYTES = {
    512, 2_048, 8_192, 32_768, 131_072, 524_288, 2_097_152
  };

  private final RefereeSet referees;
  private final NodeId self;
  private final NetworkName network;
  private final PlaceCell place;
  private final InstantSource clock;
  private final SecureRandom random;
  private final UserMemory memory;
  private final SeenEnvelopes infererRecords = new SeenEnvelopes(INFERER_RECORDS_MAX);

  /// By referee, as many as the node may know.
  private final Map<NodeId, UserLink> links = new ConcurrentHashMap<>();

  /// @param self never asked over the network, because what this node can compute it computes at
  ///   home
  public static LightUserRole of(
      RefereeSet referees,
      NodeId self,
      NetworkName network,
      PlaceCell place,
      InstantSource clock,
      SecureRandom random) {
    LightUserRole role = new LightUserRole(referees, self, network, place, clock, random);
    referees.add(role::linkTo);
    return role;
  }

  private LightUserRole(
      RefereeSet referees,
      NodeId self,
      NetworkName network,
      PlaceCell place,
      InstantSource clock,
      SecureRandom random) {
    this.referees = referees;
    this.self = self;
    this.network = network;
    this.place = place;
    this.clock = clock;
    this.random = random;
    this.memory = new UserMemory(self, network);
  }

  private UserLink linkTo(RefereeAttachment attachment) {
    UserLink link = new UserLink(attachment);
    links.put(link.referee(), link);
    return link;
  }

  /// The links that work, the home first.
  private List<UserLink> attachedLinks() {
    List<UserLink> attached = new ArrayList<>();
    for (RefereeAttachment attachment : referees.attachments()) {
      UserLink link = links.get(attachment.referee().node());
      if (link != null && link.isAttached()) {
        attached.add(link);
      }
    }
    return attached;
  }

  /// Asks each referee for an inferer that is free now; when there is none, waits in the queue of
  /// one. A referee that is lost meanwhile is passed over.
  @Override
  public Attempt start(AnswerSoFar soFar, QueueWatch watch)
      throws QueryRefused, InterruptedException {
    if (soFar.modelText().length() > MODEL_CHARACTERS_MAX) {
      throw new QueryRefused(RefusalCode.UNKNOWN_MODEL, "No model has so long a name.", 0);
    }
    List<UserLink> asked = attachedLinks();
    try {
      return startAt(asked, soFar, watch);
    } catch (QueryRefused refused) {
      boolean lost = !asked.stream().allMatch(UserLink::isAttached);
      if (lost && refused.code() == RefusalCode.NO_REFEREE && referees.isAttached()) {
        return startAt(attachedLinks(), soFar, watch);
      }
      throw refused;
    }
  }

  private Attempt startAt(List<UserLink> attached, AnswerSoFar soFar, QueueWatch watch)
      throws QueryRefused, InterruptedException {
    if (attached.size() == 1) {
      return ask(attached.getFirst(), soFar, Manner.QUEUEING, watch);
    }
    List<Refused> refusals = new ArrayList<>();
    for (UserLink link : attached) {
      boolean isLast = link.equals(attached.getLast());
      try {
        return ask(link, soFar, isLast ? Manner.NOW : Manner.NOW_AND_QUICKLY, watch);
      } catch (QueryRefused refused) {
        refusals.add(new Refused(link, refused));
        if (isSameEverywhere(refused.code())) {
          throw refused;
        }
      }
    }
    List<Refused> waiting =
        refusals.stream()
            .filter(each -> mayQueue(each.why().code()) && each.link().isAttached())
            .sorted(SILENT_LAST.thenComparingInt(each -> each.why().retryAfterSeconds()))
            .toList();
    for (Refused each : waiting) {
      try {
        return ask(each.link(), soFar, Manner.QUEUEING, watch);
      } catch (QueryRefused refused) {
        refusals.add(new Refused(each.link(), refused));
      }
    }
    throw worthTelling(refusals.reversed());
  }

  /// What one referee said last.
  private record Refused(UserLink link, QueryRefused why) {}

  /// Who said nothing when it was asked would let a question wait in silence as well.
  private static final Comparator<Refused> SILENT_LAST =
      Comparator.comparing(each -> each.why().code() == RefusalCode.NO_REFEREE);

  /// How a referee is asked.
  ///
  /// @param deadline told to the referee
  /// @param patience how long its first word is waited for
  private record Manner(Duration deadline, boolean mayQueue, Duration patience) {
    static final Manner NOW = new Manner(ASSIGN_DEADLINE, false, ASSIGN_DEADLINE.plus(REPLY_GRACE));

    /// While there is another referee to be asked.
    static final Manner NOW_AND_QUICKLY = new Manner(ASSIGN_DEADLINE, false, SILENCE_PATIENCE);

    static final Manner QUEUEING =
        new Manner(QUEUE_DEADLINE, true, ASSIGN_DEADLINE.plus(REPLY_GRACE));
  }

  /// What another referee would say as well.
  private static boolean isSameEverywhere(RefusalCode code) {
    return switch (code) {
      case BAD_REQUEST, BUDGET_SPENT -> true;
      case NO_POWER,
          NO_CAPACITY,
          UNKNOWN_MODEL,
          NO_USER_SLOT,
          NO_REFEREE,
          CONTEXT_TOO_LONG,
          INFERER_FAILED ->
          false;
    };
  }

  /// Whether a place may become free, or the referee was only slow.
  private static boolean mayQueue(RefusalCode code) {
    return switch (code) {
      case NO_CAPACITY, NO_USER_SLOT, NO_REFEREE -> true;
      case NO_POWER, UNKNOWN_MODEL, BUDGET_SPENT, CONTEXT_TOO_LONG, BAD_REQUEST, INFERER_FAILED ->
          false;
    };
  }

  /// Of several refusals, the latest first, the one that says most to whoever asked.
  private QueryRefused worthTelling(List<Refused> refusals) {
    return refusals.stream()
        .map(Refused::why)
        .filter(refused -> refused.code() != RefusalCode.NO_REFEREE || referees.isAttached())
        .min(Comparator.comparingInt(refused -> tellingRank(refused.code())))
        .orElseGet(this::noReferee);
  }

  private static int tellingRank(RefusalCode code) {
    return switch (code) {
      case NO_CAPACITY -> 0;
      case NO_USER_SLOT -> 1;
      case BUDGET_SPENT -> 2;
      case NO_POWER -> 3;
      case CONTEXT_TOO_LONG, BAD_REQUEST -> 4;
      case INFERER_FAILED -> 5;
      case UNKNOWN_MODEL -> 6;
      case NO_REFEREE -> 7;
    };
  }

  private QueryRefused noReferee() {
    return new QueryRefused(RefusalCode.NO_REFEREE, referees.whyDetached(), RETRY_SECONDS);
  }

  private Attempt ask(UserLink link, AnswerSoFar soFar, Manner manner, QueueWatch watch)
      throws QueryRefused, InterruptedException {
    Id16 id = Id16.random(random);
    Instant latest = clock.instant().plus(manner.deadline()).plus(REPLY_GRACE);
    Duration patience = manner.patience();
    try (UserLink.Request request = link.ask(id, assign(id, link, soFar, manner))) {
      while (true) {
        Optional<Down> reply = request.next(patience);
        if (reply.isEmpty()) {
          throw new QueryRefused(
              RefusalCode.NO_REFEREE,
              "The referee %s did not answer within %d ms."
                  .formatted(link.referee().shortText(), patience.toMillis()),
              RETRY_SECONDS);
        }
        if (reply.get().hasAssigned()) {
          return begin(link, soFar, reply.get());
        }
        if (reply.get().hasAssignRefused()) {
          throw refused(reply.get().getAssignRefused());
        }
        watch.queued(place(reply.get().getQueued()));
        patience = Duration.between(clock.instant(), latest);
      }
    }
  }

  private static AnswerEvent.Queued place(Queued queued) {
    long waitMillis = Integer.toUnsignedLong(queued.getExpectedWaitMs());
    return new AnswerEvent.Queued(
        Math.clamp(Integer.toUnsignedLong(queued.getPosition()), 1, QUEUE_POSITION_MAX),
        Duration.ofMillis(waitMillis));
  }

  private AssignRequest assign(Id16 request, UserLink link, AnswerSoFar soFar, Manner manner) {
    AssignRequest.Builder assign =
        AssignRequest.newBuilder()
            .setRequest(ByteString.copyFrom(request.toBytes()))
            .setModel(soFar.modelText())
            .setPromptBytes(sizeClassBytes(soFar.query().promptBytes()))
            .setTokensMax(Math.min(soFar.query().tokensMax(), TOKENS_MAX))
            .setDeadlineMs((int) manner.deadline().toMillis())
            .setMayQueue(manner.mayQueue())
            .setPlaceCell(place.geohash())
            .setResumes(!soFar.tokens().isEmpty())
            .addExcluded(ByteString.copyFrom(self.toBytes()));
    soFar.job().ifPresent(job -> assign.setJob(ByteString.copyFrom(job.toBytes())));
    soFar.excluded().stream()
        .filter(node -> !node.equals(self))
        .forEach(node -> assign.addExcluded(ByteString.copyFrom(node.toBytes())));
    memory
        .lastInferer(soFar.query().conversation())
        .filter(inferer -> !soFar.excluded().contains(inferer))
        .ifPresent(inferer -> assign.setPreferred(ByteString.copyFrom(inferer.toBytes())));
    memory
        .leaseFor(link.referee(), clock.instant())
        .ifPresent(lease -> assign.setLease(lease.wire()));
    return assign.build();
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

  private static QueryRefused refused(AssignRefused refused) {
    return new QueryRefused(
        RefusalCode.of(refused.getCode()).orElse(RefusalCode.NO_CAPACITY),
        PeerText.clean(refused.getReason()),
        Math.clamp(
            Integer.toUnsignedLong(refused.getRetryAfterSeconds()), 0, REFUSED_FOR_SECONDS_MAX));
  }

  /// Begins the session that was assigned, or gives it back.
  private RemoteAttempt begin(UserLink link, AnswerSoFar soFar, Down reply) throws QueryRefused {
    try {
      RemoteAttempt attempt = open(link, soFar, reply.getAssigned());
      memory.served(soFar.query().conversation(), attempt.worker());
      return attempt;
    } catch (ProtocolException untrusted) {
      link.abandon(reply);
      throw new QueryRefused(
          RefusalCode.INFERER_FAILED,
          "The referee's assignment cannot be trusted: " + untrusted.getMessage() + ".",
          RETRY_SECONDS);
    }
  }

  /// Checks ticket and inferer, seals the question and sends it.
  private RemoteAttempt open(UserLink link, AnswerSoFar soFar, Assigned assigned)
      throws QueryRefused, ProtocolException {
    SignedEnvelope signedTicket = SignedEnvelope.of(assigned.getTicket());
    Ticket ticket = Ticket.open(signedTicket, link.referee());
    SignedEnvelope record = infererRecords.of(assigned.getInfererRecord());
    NodeRecord inferer = NodeRecord.open(record, clock.instant().minus(believedSkew(link)));
    infererRecords.keep(record);
    check(soFar, ticket, inferer);
    if (assigned.hasLease()) {
      memory.keepLease(SignedEnvelope.of(assigned.getLease()), link.referee());
    }
    long seed = soFar.seed().orElse(ticket.seed());
    Id16 session = ticket.session();
    RemoteAttempt attempt =
        new RemoteAttempt(
            ticket,
            QueryCipher.ofUser(session, signedTicket, inferer.hpkePublicKey()),
            seed,
            link.attachment(),
            () -> link.forget(session));
    link.open(session, attempt);
    if (!attempt.send(QuestionMessage.of(soFar, seed, ticket.inferer()))) {
      attempt.close();
      throw link.lost();
    }
    return attempt;
  }

  /// How far this clock is believed to be ahead of the network's. A referee that names another day
  /// must not bring long expired records back to life.
  private static Duration believedSkew(UserLink link) {
    Duration skew = link.attachment().clockSkew();
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

  /// The network as the first referee that answers sees it.
  public NetworkView networkStatus() throws QueryRefused, InterruptedException {
    List<Refused> refusals = new ArrayList<>();
    for (UserLink link : attachedLinks()) {
      try {
        return new NetworkView(link.referee(), link.networkStatus());
      } catch (QueryRefused silent) {
        refusals.add(new Refused(link, silent));
      }
    }
    throw worthTelling(refusals);
  }

  /// What one referee tells of the network.
  public record NetworkView(NodeId referee, NetworkStatus status) {}

  @Override
  public List<ServedModel> models() throws QueryRefused, InterruptedException {
    Map<ModelHash, ServedModel> models = new LinkedHashMap<>();
    for (NodeStatus node : networkStatus().status().getNodesList()) {
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
}
