// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.HpkeKeyRing;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.OfferReply;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Envelope;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.Offer;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.SessionEnd;
import org.peermind.protocol.wire.SessionYield;
import org.peermind.protocol.wire.Up;
import org.peermind.telemetry.EnergyEvent;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NetworkEvent;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.QueryEvent;
import org.peermind.telemetry.Word;

/// An inferer towards one of its referees: the chain of reports that this one gets, its offers, and
/// the answers that its tickets allow. What runs through another referee is no concern of it; only
/// the engine and its slots are shared.
final class InfererLink implements RefereeAttachment.Part {
  private static final Duration ANSWER_MAX = Duration.ofMinutes(15);

  /// An answer says itself that its time is over; one that cannot is ended so much later.
  private static final Duration LATE_GRACE = Duration.ofSeconds(30);

  private static final Word ANSWER = new Word("answer");
  private static final Id16 NO_ID = new Id16(0, 0);

  private final RefereeAttachment attachment;
  private final IdentityKey key;
  private final HpkeKeyRing hpkeKeys;
  private final EngineRoom engine;
  private final OfferDesk desk;
  private final Reports reports;
  private final Runnable onRoom;
  private final InstantSource clock;
  private final EventLog events;
  private final Map<Id16, Served> sessions = new ConcurrentHashMap<>();

  private final Object reportLock = new Object();
  private long reportSequence;
  private String reportHash = "";
  private Duration reportEvery = Duration.ofSeconds(10);
  private Instant lastReport = Instant.EPOCH;
  private boolean attached;
  private @Nullable NodeId reportedHome;

  /// @param askBy a ticket is to be used within its lifetime, counted from when it came, whatever
  ///   the referee's clock says
  private record Served(ServedAnswer answer, Ticket ticket, Instant started, Instant askBy) {
    static Served begin(ServedAnswer answer, Ticket ticket, Instant now) {
      return new Served(
          answer, ticket, now, now.plus(Duration.between(ticket.issued(), ticket.expires())));
    }

    boolean isOver(Instant now) {
      return answer.isLate(now.minus(LATE_GRACE)) || (!now.isBefore(askBy) && !answer.isAsked());
    }
  }

  /// Says how the inferer stands.
  @FunctionalInterface
  interface Reports {
    /// Empty before the energy path has decided anything.
    Optional<HeadroomReport> next(long sequence, String previousSha256Hex, Instant at);
  }

  /// @param onRoom told when the engine is done with an answer that was ended from outside, whose
  ///   slot the referees may count wrongly until the next report
  InfererLink(
      RefereeAttachment attachment,
      IdentityKey key,
      HpkeKeyRing hpkeKeys,
      EngineRoom engine,
      OfferDesk desk,
      Reports reports,
      Runnable onRoom,
      InstantSource clock,
      EventLog events) {
    this.attachment = attachment;
    this.key = key;
    this.hpkeKeys = hpkeKeys;
    this.engine = engine;
    this.desk = desk;
    this.reports = reports;
    this.onRoom = onRoom;
    this.clock = clock;
    this.events = events;
  }

  /// Ends what is late and reports when it is time to; to be called about once a second.
  void sweep() {
    desk.sweep();
    Instant sweptAt = clock.instant();
    sessions.values().stream()
        .filter(each -> each.isOver(sweptAt))
        .forEach(each -> end(each.ticket().session()));
    boolean due;
    synchronized (reportLock) {
      Instant now = clock.instant();
      due = now.isBefore(lastReport) || !now.isBefore(lastReport.plus(reportEvery));
    }
    if (due) {
      report();
    }
  }

  /// Reports when the last report named another home.
  void reportHome(NodeId home) {
    synchronized (reportLock) {
      if (Objects.equals(home, reportedHome)) {
        return;
      }
    }
    report();
  }

  void report() {
    synchronized (reportLock) {
      // Before onAttached the chain is still that of the last attachment.
      if (!attached) {
        return;
      }
      lastReport = clock.instant();
      Optional<HeadroomReport> next = reports.next(reportSequence + 1, reportHash, lastReport);
      if (next.isEmpty()) {
        return;
      }
      SignedEnvelope report = next.get().sign(key);
      if (attachment.send(Up.newBuilder().setReport(report.wire()).build())) {
        reportSequence++;
        reportedHome = next.get().home();
        reportHash = HeadroomReport.sha256HexOf(report);
        events.record(
            new EnergyEvent.HeadroomReported(
                reportSequence, next.get().activation(), next.get().headroomMean()));
      }
    }
  }

  @Override
  public void onAttached(Attached answer) {
    synchronized (reportLock) {
      attached = true;
      reportSequence = 0;
      reportHash = "";
      reportedHome = null;
      reportEvery = Duration.ofMillis(Math.clamp(answer.getReportEveryMs(), 500, 60_000));
    }
    report();
  }

  /// What this referee's tickets allowed ends with its stream, because nobody can read it.
  @Override
  public void onDetached() {
    synchronized (reportLock) {
      attached = false;
    }
    desk.clear();
    List.copyOf(sessions.keySet()).forEach(this::end);
  }

  @Override
  public boolean isBusy() {
    return !sessions.isEmpty();
  }

  @Override
  public boolean onMessage(Down message) {
    try {
      switch (message.getKindCase()) {
        case OFFER -> answer(message.getOffer());
        case OFFER_WITHDRAWN -> desk.withdraw(message.getOfferWithdrawn().getOffer());
        case GRANTED -> redeem(message.getGranted().getTicket());
        case FRAME -> {
          return question(message.getFrame());
        }
        case PEER_GONE -> {
          return end(Id16.ofBytes(message.getPeerGone().getSession().toByteArray()));
        }
        case NO_ROUTE -> {
          return end(Id16.ofBytes(message.getNoRoute().getSession().toByteArray()));
        }
        default -> {
          return false;
        }
      }
    } catch (ProtocolException refused) {
      events.record(
          new NetworkEvent.TicketRefused(
              NO_ID, org.peermind.telemetry.Reason.of(String.valueOf(refused.getMessage()))));
    }
    return true;
  }

  private void answer(Offer offer) throws ProtocolException {
    OfferReply reply = desk.answer(offer);
    attachment.send(Up.newBuilder().setOfferReply(reply.sign(key).wire()).build());
  }

  private void redeem(Envelope wire) throws ProtocolException {
    SignedEnvelope envelope = SignedEnvelope.of(wire);
    Ticket ticket = desk.redeem(envelope);
    Optional<EngineAccess> access = engine.access(ticket.model());
    if (access.isEmpty()) {
      engine.slots().giveBack();
      throw new ProtocolException("a ticket is for a model that is no longer here");
    }
    ServedAnswer answer =
        new ServedAnswer(
            ticket,
            envelope,
            hpkeKeys.usable(),
            access.get(),
            attachment::send,
            clock.instant().plus(ANSWER_MAX),
            clock);
    Served fresh = Served.begin(answer, ticket, clock.instant());
    if (sessions.putIfAbsent(ticket.session(), fresh) != null) {
      engine.slots().giveBack();
      throw new ProtocolException("a ticket names a session that runs already");
    }
  }

  private boolean question(Frame frame) throws ProtocolException {
    Id16 session = Id16.ofBytes(frame.getSession().toByteArray());
    Served known = sessions.get(session);
    if (known == null) {
      return false;
    }
    try {
      Optional<Question> whole = known.answer().accept(frame);
      whole.ifPresent(
          asked -> Thread.ofVirtual().name("answer").start(() -> serve(session, known, asked)));
    } catch (ProtocolException malformed) {
      end(session);
      throw malformed;
    }
    return true;
  }

  /// Runs on a thread of its own, which keeps the slot until the engine is done with the answer.
  private void serve(Id16 session, Served known, Question asked) {
    try {
      ServedAnswer.Outcome outcome = known.answer().run(asked);
      events.record(event(session, known, outcome));
      tellEnd(session, known, outcome);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException bug) {
      events.record(NodeEvent.UnexpectedFailure.of(ANSWER, bug));
    } finally {
      boolean endedHere = sessions.remove(session, known);
      engine.slots().giveBack();
      if (!endedHere) {
        onRoom.run();
      }
    }
  }

  /// The referee gives back to the user what was paid for and not generated; of a session that was
  /// ended from outside it wants to hear no more.
  private void tellEnd(Id16 session, Served known, ServedAnswer.Outcome outcome) {
    int tokens =
        switch (outcome) {
          case ServedAnswer.Outcome.Failed(RefusalCode _, int completionTokens) -> completionTokens;
          case ServedAnswer.Outcome.Ended(var _, int _, int completionTokens) -> completionTokens;
        };
    if (known.equals(sessions.get(session))) {
      attachment.send(
          Up.newBuilder()
              .setEnd(
                  SessionEnd.newBuilder()
                      .setSession(ByteString.copyFrom(session.toBytes()))
                      .setTokens(tokens))
              .build());
    }
  }

  private QueryEvent event(Id16 session, Served known, ServedAnswer.Outcome outcome) {
    return switch (outcome) {
      case ServedAnswer.Outcome.Failed(RefusalCode code, int completionTokens) ->
          new QueryEvent.GenerationFailed(session, code, completionTokens);
      case ServedAnswer.Outcome.Ended(var ending, int promptTokens, int completionTokens) ->
          new QueryEvent.GenerationEnded(
              session,
              ending,
              false,
              promptTokens,
              completionTokens,
              Duration.between(known.started(), clock.instant()));
    };
  }

  /// Has every answer of this link go on elsewhere.
  void yieldAll(String reason, Duration within) {
    sessions.keySet().forEach(session -> leave(session, reason, RefusalCode.NO_POWER, within));
  }

  /// Whether answers on this model were agreed on, begun or not.
  boolean isPromised(ModelHash model) {
    return desk.isReserved(model)
        || sessions.values().stream().anyMatch(each -> each.ticket().model().equals(model));
  }

  /// The answers for others that run here.
  Stream<Borrowed> borrowed() {
    return sessions.values().stream()
        .filter(each -> each.answer().isAsked())
        .map(each -> new Borrowed(this, each.ticket().session(), each.started()));
  }

  /// An answer for somebody else.
  record Borrowed(InfererLink link, Id16 session, Instant started) {
    /// Has it go on elsewhere.
    ///
    /// @param code what it ends with when nobody has taken it over `within` that time
    /// @return false when it was told before, or is over
    boolean leave(String reason, RefusalCode code, Duration within) {
      return link.leave(session, reason, code, within);
    }
  }

  /// The user is told in the answer itself, and the referee so that it gives the user another
  /// inferer.
  private boolean leave(Id16 session, String reason, RefusalCode code, Duration within) {
    Served known = sessions.get(session);
    if (known == null || !known.answer().leave(reason, code, within)) {
      return false;
    }
    attachment.send(
        Up.newBuilder()
            .setSessionYield(
                SessionYield.newBuilder().setSession(ByteString.copyFrom(session.toBytes())))
            .build());
    return true;
  }

  /// Ends a session once: cancels the answer and frees its slot, or leaves that to the thread that
  /// runs it.
  private boolean end(Id16 session) {
    Served known = sessions.remove(session);
    if (known == null) {
      return false;
    }
    if (!known.answer().cancel()) {
      engine.slots().giveBack();
    }
    return true;
  }
}
