// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.peermind.energy.plausibility.Evidence;
import org.peermind.energy.plausibility.Plausibility;
import org.peermind.energy.plausibility.Verdict;
import org.peermind.node.config.ConfigException;
import org.peermind.node.transport.Admission;
import org.peermind.node.transport.PeerHandler;
import org.peermind.node.transport.PeerLink;
import org.peermind.node.transport.Scheduler;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.OfferReply;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.UserLease;
import org.peermind.protocol.wire.Assigned;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Envelope;
import org.peermind.protocol.wire.Granted;
import org.peermind.protocol.wire.Hello;
import org.peermind.protocol.wire.SessionEnd;
import org.peermind.protocol.wire.Up;
import org.peermind.referee.NetworkModel;
import org.peermind.referee.NetworkSnapshot;
import org.peermind.referee.RefereeCore;
import org.peermind.referee.RefereeEffect;
import org.peermind.referee.RefereeInput;
import org.peermind.referee.RefereeSettings;
import org.peermind.referee.ReportTrust;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NetworkEvent;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.QueryEvent;
import org.peermind.telemetry.Reason;

/// A referee (spec section 2.3): the shell around [RefereeCore]. One thread owns the core; network
/// threads verify what came and hand it over; sealed frames pass through the [Relay] at once.
public final class RefereeRole implements PeerHandler, AutoCloseable {
  private static final int TOKENS_MAX = 1_000_000;
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration SKEW_TOLD = Duration.ofSeconds(30);
  private static final int GUESTS_MAX = 20_000;

  private final IdentityKey key;
  private final NetworkName network;
  private final Gatekeeper gatekeeper;
  private final RefereeSettings settings;
  private final InstantSource clock;
  private final AssignRequests requests;
  private final EventLog events;
  private final Envelope ownRecord;
  private final RefereeCore core;
  private final Plausibility plausibility = new Plausibility();
  private final CoreThread coreThread;
  private final Map<NodeId, PeerLink> links = new ConcurrentHashMap<>();
  private final Map<NodeId, Gatekeeper.Guest> guests = new ConcurrentHashMap<>();
  private final Relay relay = new Relay(links);
  private final List<RefereeDesk> desks = new CopyOnWriteArrayList<>();
  private final Scheduler scheduler;
  private volatile NetworkSnapshot lastSnapshot;
  private final AtomicBoolean tickWaits = new AtomicBoolean();
  private volatile boolean closed;

  /// @param membersFile where admitted nodes are remembered
  /// @param ownRecord the referee's signed record, told to every node that attaches
  /// @param knownReferees other referees of the network, whose invitations and user leases count
  ///   here too
  public static RefereeRole of(
      IdentityKey key,
      NetworkName network,
      boolean invitationRequired,
      Path membersFile,
      RefereeSettings settings,
      InstantSource clock,
      RandomGenerator random,
      Scheduler scheduler,
      EventLog events,
      SignedEnvelope ownRecord,
      Set<NodeId> knownReferees)
      throws ConfigException {
    Gatekeeper gatekeeper =
        new Gatekeeper(
            network, key.id(), invitationRequired, knownReferees, Members.read(membersFile), clock);
    return new RefereeRole(
        key,
        network,
        gatekeeper,
        settings,
        clock,
        random,
        scheduler,
        events,
        ownRecord,
        knownReferees);
  }

  private RefereeRole(
      IdentityKey key,
      NetworkName network,
      Gatekeeper gatekeeper,
      RefereeSettings settings,
      InstantSource clock,
      RandomGenerator random,
      Scheduler scheduler,
      EventLog events,
      SignedEnvelope ownRecord,
      Set<NodeId> knownReferees) {
    this.key = key;
    this.network = network;
    this.gatekeeper = gatekeeper;
    this.settings = settings;
    this.clock = clock;
    this.scheduler = scheduler;
    this.events = events;
    this.ownRecord = ownRecord.wire();
    this.requests = new AssignRequests(network, key.id(), knownReferees, random);
    this.core = new RefereeCore(key.id(), settings);
    this.lastSnapshot = core.snapshot(clock.instant());
    this.coreThread = new CoreThread(events);
    scheduleTick();
  }

  private void scheduleTick() {
    scheduler.after(
        TICK,
        () -> {
          if (!closed) {
            scheduleTick();
            // A tick that waits already will do; more would only lengthen the queue.
            if (tickWaits.compareAndSet(false, true)
                && !coreThread.execute(() -> applyNow(new RefereeInput.Tick()))) {
              tickWaits.set(false);
            }
            detachExpired();
          }
        });
  }

  /// Users refuse an inferer whose record has expired, so its node has to come with a new one.
  private void detachExpired() {
    Instant now = clock.instant();
    links.forEach(
        (node, link) -> {
          Gatekeeper.Guest guest = guests.get(node);
          if (guest != null && guest.record().notAfter().isBefore(now)) {
            link.close("The node's record has expired; attach again with a new one.");
          }
        });
  }

  /// Says what the network's own model is.
  ///
  /// @return false when the core has too much to do; say it again then
  public boolean networkModel(NetworkModel model) {
    return coreThread.execute(() -> applyNow(new RefereeInput.NetworkModelChanged(model)));
  }

  /// Adds a further interest in the nodes that attach from now on.
  public void add(RefereeDesk desk) {
    desks.add(desk);
  }

  @Override
  public Admission onHello(NodeId peer, Hello hello) {
    try {
      Gatekeeper.Guest guest = gatekeeper.admit(peer, hello);
      if (guests.size() >= GUESTS_MAX) {
        guests.keySet().retainAll(links.keySet());
      }
      guests.put(peer, guest);
      return new Admission.Admitted(
          Attached.newBuilder()
              .setRecord(ownRecord)
              .setClockMs(clock.millis())
              .setReportEveryMs((int) settings.reportInterval().toMillis())
              .addAllReferees(otherReferees(peer))
              .build());
    } catch (ProtocolException refused) {
      String reason = String.valueOf(refused.getMessage());
      events.record(new NetworkEvent.AttachRejected(Optional.of(peer), Reason.of(reason)));
      return new Admission.Refused(reason);
    }
  }

  /// The records of the other referees that are attached here and trusted, so that a node learns
  /// where else it could go.
  private List<Envelope> otherReferees(NodeId peer) {
    return gatekeeper.trusted().stream()
        .filter(node -> links.containsKey(node) && !node.equals(peer) && !node.equals(key.id()))
        .limit(KnownReferees.REFEREES_MAX)
        .flatMap(node -> Optional.ofNullable(guests.get(node)).stream())
        .filter(guest -> guest.record().roles().contains(Role.REFEREE))
        .map(guest -> guest.signedRecord().wire())
        .toList();
  }

  @Override
  public void onAttached(PeerLink link) {
    Gatekeeper.Guest guest = guests.get(link.id());
    if (guest == null) {
      link.close("The greeting was lost; attach again.");
      return;
    }
    links.put(link.id(), link);
    events.record(new NetworkEvent.PeerAttached(link.id(), guest.record().roles()));
    if (guest.clockSkew().abs().compareTo(SKEW_TOLD) > 0) {
      events.record(new NodeEvent.ClockSkewed(link.id(), guest.clockSkew().negated()));
    }
    apply(
        new RefereeInput.PeerAttached(
            link.id(), guest.record().roles(), guest.record().placeCell(), guest.clockSkew()));
    desks.forEach(desk -> desk.onAttached(link, guest.record()));
  }

  @Override
  public void onDetached(PeerLink link, String reason) {
    if (links.remove(link.id(), link)) {
      events.record(new NetworkEvent.PeerDetached(link.id(), Reason.of(reason)));
      apply(new RefereeInput.PeerDetached(link.id()));
      desks.forEach(desk -> desk.onDetached(link.id()));
    }
  }

  @Override
  public void onMessage(PeerLink link, Up message) {
    try {
      switch (message.getKindCase()) {
        case FRAME ->
            relay
                .pass(link, message.getFrame())
                .ifPresent(slow -> apply(sessionEnded(slow, link.id())));
        case REPORT -> report(link, message.getReport());
        case ASSIGN -> apply(requests.decode(link.id(), message.getAssign()));
        case CANCEL_ASSIGN ->
            apply(
                new RefereeInput.RequestCancelled(
                    Id16.ofBytes(message.getCancelAssign().getRequest().toByteArray()), link.id()));
        case OFFER_REPLY -> offerReply(link, message.getOfferReply());
        case END ->
            apply(
                new RefereeInput.SessionEnded(
                    Id16.ofBytes(message.getEnd().getSession().toByteArray()),
                    link.id(),
                    tokens(message.getEnd())));
        case SESSION_YIELD ->
            apply(
                new RefereeInput.Yielding(
                    Id16.ofBytes(message.getSessionYield().getSession().toByteArray()), link.id()));
        case RECORD -> renew(link, message.getRecord());
        case STATUS_QUERY -> answerStatus(link, message.getStatusQuery().getId());
        case LEDGER_QUERY,
            LEDGER_SUBMIT,
            MODEL_HEALTH,
            HOLDER_QUERY,
            ROUND_QUERY,
            ROUND_SUBMIT,
            BLOB_QUERY,
            BLOB_GIFT -> {
          for (RefereeDesk desk : desks) {
            desk.onMessage(link, message);
          }
        }
        case HELLO, ATTACHED_ACK, HEARTBEAT, KIND_NOT_SET -> {
          // The transport handles the first three; an unknown kind is of a newer version.
        }
      }
    } catch (ProtocolException malformed) {
      String reason = String.valueOf(malformed.getMessage());
      link.close("The referee refused a message: " + reason + ".");
    }
  }

  private void renew(PeerLink link, Envelope wire) throws ProtocolException {
    Gatekeeper.Guest guest = guests.get(link.id());
    if (guest != null) {
      guests.put(link.id(), gatekeeper.renewed(link.id(), guest, SignedEnvelope.of(wire)));
    }
  }

  private void report(PeerLink link, Envelope wire) throws ProtocolException {
    SignedEnvelope envelope = SignedEnvelope.of(wire);
    requireSigner(envelope, link);
    HeadroomReport report = HeadroomReport.open(envelope);
    Gatekeeper.Guest guest = guests.get(link.id());
    if (guest != null) {
      String sha256Hex = HeadroomReport.sha256HexOf(envelope);
      PlaceCell cell = guest.record().placeCell();
      coreThread.execute(
          () -> {
            ReportTrust trust = judge(link.id(), cell, report);
            applyNow(new RefereeInput.ReportReceived(link.id(), report, sha256Hex, trust));
          });
    }
  }

  /// Runs on the core's thread, which owns the judge's memory.
  private ReportTrust judge(NodeId node, PlaceCell cell, HeadroomReport report) {
    Verdict verdict = plausibility.judge(node, cell, report, Evidence.NONE, clock.instant());
    return new ReportTrust(verdict.level().text(), verdict.share(), verdict.objection());
  }

  private void offerReply(PeerLink link, Envelope wire) throws ProtocolException {
    SignedEnvelope envelope = SignedEnvelope.of(wire);
    requireSigner(envelope, link);
    OfferReply reply = OfferReply.open(envelope);
    RefereeInput.OfferAnswer answer =
        reply.nonce().isPresent()
            ? new RefereeInput.OfferAnswer.Accepted(reply.nonce().get())
            : new RefereeInput.OfferAnswer.Declined(reply.reason());
    events.record(
        reply.nonce().isPresent()
            ? new NetworkEvent.OfferAccepted(reply.offer(), link.id())
            : new NetworkEvent.OfferDeclined(
                reply.offer(), link.id(), NetworkEvent.Declined.DECLINED));
    apply(new RefereeInput.OfferAnswered(reply.offer(), link.id(), answer));
  }

  private static void requireSigner(SignedEnvelope envelope, PeerLink link)
      throws ProtocolException {
    if (!envelope.signer().equals(link.id())) {
      throw new ProtocolException("it is signed by another node");
    }
  }

  private static RefereeInput sessionEnded(Id16 session, NodeId by) {
    return new RefereeInput.SessionEnded(session, by, OptionalInt.empty());
  }

  private static OptionalInt tokens(SessionEnd end) throws ProtocolException {
    if (!end.hasTokens()) {
      return OptionalInt.empty();
    }
    if (end.getTokens() < 0 || end.getTokens() > TOKENS_MAX) {
      throw new ProtocolException("the tokens of a session are out of range");
    }
    return OptionalInt.of(end.getTokens());
  }

  private void answerStatus(PeerLink link, int id) {
    coreThread.execute(
        () -> link.send(NetworkStatusMessage.of(id, core.snapshot(clock.instant()))));
  }

  /// What the referee knew at its last tick, a second ago at most.
  public NetworkSnapshot lastSnapshot() {
    return lastSnapshot;
  }

  private void apply(RefereeInput input) {
    switch (input) {
      case RefereeInput.PeerAttached _, RefereeInput.PeerDetached _ ->
          coreThread.executePresence(() -> applyNow(input));
      case RefereeInput.ReportReceived _,
          RefereeInput.AssignRequested _,
          RefereeInput.RequestCancelled _,
          RefereeInput.OfferAnswered _,
          RefereeInput.SessionEnded _,
          RefereeInput.Yielding _,
          RefereeInput.NetworkModelChanged _,
          RefereeInput.Tick _ ->
          coreThread.execute(() -> applyNow(input));
    }
  }

  private void applyNow(RefereeInput input) {
    if (input instanceof RefereeInput.Tick) {
      tickWaits.set(false);
    }
    Instant now = clock.instant();
    for (RefereeEffect effect : core.apply(input, now)) {
      perform(effect);
    }
    if (input instanceof RefereeInput.Tick) {
      lastSnapshot = core.snapshot(now);
    }
  }

  private void perform(RefereeEffect effect) {
    switch (effect) {
      case RefereeEffect.SendOffer offer -> sendOffer(offer);
      case RefereeEffect.WithdrawOffer(NodeId inferer, Id16 offer) ->
          send(inferer, RefereeMessages.withdrawn(offer));
      case RefereeEffect.Assign assign -> grant(assign);
      case RefereeEffect.Queued queued -> send(queued.user(), RefereeMessages.of(queued));
      case RefereeEffect.Refuse refuse -> {
        events.record(
            new QueryEvent.QueryRefused(
                refuse.code(), Duration.ofSeconds(refuse.retryAfterSeconds())));
        send(refuse.user(), RefereeMessages.of(refuse));
      }
      case RefereeEffect.SessionOpened(Id16 session, NodeId user, NodeId inferer) ->
          relay.open(session, user, inferer);
      case RefereeEffect.SessionClosed(Id16 session, NodeId _, NodeId _) ->
          relay.close(session).ifPresent(events::record);
      case RefereeEffect.PeerGone(Id16 session, NodeId to) -> relay.tellGone(session, to);
      case RefereeEffect.ReportRefused(NodeId node, String reason) -> {
        events.record(new NetworkEvent.ReportRefused(node, 0, Reason.of(reason)));
        PeerLink link = links.get(node);
        if (link != null) {
          link.close("The referee refused a report: " + reason);
        }
      }
    }
  }

  private void sendOffer(RefereeEffect.SendOffer offer) {
    events.record(new NetworkEvent.OfferMade(offer.offer(), offer.inferer(), offer.model()));
    send(offer.inferer(), RefereeMessages.of(offer));
  }

  /// The inferer gets the ticket first: a question that comes before its ticket would be refused.
  private void grant(RefereeEffect.Assign assign) {
    Gatekeeper.Guest inferer = guests.get(assign.inferer());
    if (inferer == null) {
      return;
    }
    Envelope ticket =
        new Ticket(
                assign.ticket(),
                assign.session(),
                assign.job(),
                assign.inferer(),
                assign.nonce(),
                assign.model(),
                assign.tokensMax(),
                assign.seed(),
                assign.issued(),
                assign.expires(),
                network)
            .sign(key)
            .wire();
    send(
        assign.inferer(),
        Down.newBuilder().setGranted(Granted.newBuilder().setTicket(ticket)).build());
    Assigned.Builder assigned =
        Assigned.newBuilder()
            .setRequest(RefereeMessages.bytes(assign.request()))
            .setTicket(ticket)
            .setInfererRecord(inferer.signedRecord().wire());
    assign.lease().ifPresent(lease -> assigned.setLease(signed(lease, assign.user())));
    send(assign.user(), Down.newBuilder().setAssigned(assigned).build());
  }

  private Envelope signed(RefereeInput.Lease lease, NodeId user) {
    SignedEnvelope signed =
        new UserLease(network, user, lease.inferer(), key.id(), lease.until()).sign(key);
    requests.issued(signed);
    return signed.wire();
  }

  private void send(NodeId to, Down message) {
    PeerLink link = links.get(to);
    if (link != null) {
      link.send(message);
    }
  }

  @Override
  public void close() {
    closed = true;
    coreThread.close();
  }
}
