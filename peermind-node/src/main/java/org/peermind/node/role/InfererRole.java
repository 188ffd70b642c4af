// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.Headroom;
import org.peermind.energy.Reason;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Percent;
import org.peermind.node.transport.Scheduler;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.HpkeKeyRing;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.OfferReply;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.Watts;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Envelope;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.Offer;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.Up;
import org.peermind.telemetry.EnergyEvent;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NetworkEvent;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.QueryEvent;
import org.peermind.telemetry.Word;

/// An inferer (spec section 2.1) towards the network: reports its headroom, answers offers, and
/// computes the answers that its referee's tickets allow.
public final class InfererRole implements RefereeAttachment.Part, AutoCloseable {
  private static final Duration ANSWER_MAX = Duration.ofMinutes(15);

  /// An answer says itself that its time is over; one that cannot is ended so much later.
  private static final Duration LATE_GRACE = Duration.ofSeconds(30);

  private static final Word ANSWER = new Word("answer");
  private static final Duration SWEEP = Duration.ofSeconds(1);
  private static final int REASON_CHARACTERS_MAX = 300;
  private static final Id16 NO_ID = new Id16(0, 0);

  private final RefereeAttachment attachment;
  private final IdentityKey key;
  private final HpkeKeyRing hpkeKeys;
  private final EngineRoom engine;
  private final OfferDesk desk;
  private final String method;
  private final EnergyTime energyTime;
  private final InstantSource clock;
  private final Scheduler scheduler;
  private final EventLog events;
  private final Map<Id16, Served> sessions = new ConcurrentHashMap<>();

  private final Object reportLock = new Object();
  private long reportSequence;
  private String reportHash = "";
  private Duration reportEvery = Duration.ofSeconds(10);
  private Instant lastReport = Instant.EPOCH;
  private boolean attached;
  private volatile @Nullable Activation lastActivation;
  private volatile @Nullable EnergyDecision decision;
  private volatile boolean closed;

  private record Served(ServedAnswer answer, Ticket ticket, Instant started) {}

  /// @param method the name of the energy adapter, part of every report
  public static InfererRole of(
      RefereeAttachment attachment,
      IdentityKey key,
      HpkeKeyRing hpkeKeys,
      NetworkName network,
      EngineRoom engine,
      String method,
      EnergyTime energyTime,
      InstantSource clock,
      SecureRandom random,
      Scheduler scheduler,
      EventLog events) {
    OfferDesk desk =
        new OfferDesk(
            key.id(),
            attachment.referee().node(),
            network,
            engine.servedModel().hash(),
            engine.slots(),
            () -> engine.canWork() ? Optional.empty() : Optional.of("The engine does not run now."),
            clock,
            random);
    return new InfererRole(
        attachment, key, hpkeKeys, engine, desk, method, energyTime, clock, scheduler, events);
  }

  private InfererRole(
      RefereeAttachment attachment,
      IdentityKey key,
      HpkeKeyRing hpkeKeys,
      EngineRoom engine,
      OfferDesk desk,
      String method,
      EnergyTime energyTime,
      InstantSource clock,
      Scheduler scheduler,
      EventLog events) {
    this.attachment = attachment;
    this.key = key;
    this.hpkeKeys = hpkeKeys;
    this.engine = engine;
    this.desk = desk;
    this.method = method;
    this.energyTime = energyTime;
    this.clock = clock;
    this.scheduler = scheduler;
    this.events = events;
    attachment.add(this);
    scheduleSweep();
  }

  private void scheduleSweep() {
    scheduler.after(
        SWEEP,
        () -> {
          if (!closed) {
            scheduleSweep();
            sweep();
          }
        });
  }

  private void sweep() {
    desk.sweep();
    Instant latest = clock.instant().minus(LATE_GRACE);
    sessions.values().stream()
        .filter(each -> each.answer().isLate(latest))
        .forEach(each -> end(each.ticket().session()));
    reportIfDue();
  }

  /// Takes in what the energy path decided; a change, and that of the engine, is reported at once.
  public void decided(EnergyDecision newDecision) {
    decision = newDecision;
    Activation now = told(newDecision);
    if (now != lastActivation) {
      lastActivation = now;
      report();
    }
  }

  /// What the network is told: power without an engine that answers is no more than warming up.
  private Activation told(EnergyDecision current) {
    return engine.canWork() || !isRunning(current.activation())
        ? current.activation()
        : Activation.WARMING;
  }

  private void reportIfDue() {
    boolean due;
    synchronized (reportLock) {
      Instant now = clock.instant();
      due = now.isBefore(lastReport) || !now.isBefore(lastReport.plus(reportEvery));
    }
    if (due) {
      report();
    }
  }

  private void report() {
    EnergyDecision current = decision;
    if (current == null) {
      return;
    }
    synchronized (reportLock) {
      // Before onAttached the chain is still that of the last attachment.
      if (!attached) {
        return;
      }
      lastReport = clock.instant();
      HeadroomReport content = build(current, reportSequence + 1, lastReport);
      SignedEnvelope report = content.sign(key);
      if (attachment.send(Up.newBuilder().setReport(report.wire()).build())) {
        reportSequence++;
        reportHash = HeadroomReport.sha256HexOf(report);
        events.record(
            new EnergyEvent.HeadroomReported(
                reportSequence,
                content.activation(),
                current.headroom().map(known -> new Watts(known.mean()))));
      }
    }
  }

  private HeadroomReport build(EnergyDecision current, long sequence, Instant at) {
    Optional<Headroom.Estimate> estimate = current.headroom();
    Optional<EnergySample> sample = current.newestSample();
    String reason = current.reason().sentence();
    Activation activation = told(current);
    return new HeadroomReport(
        sequence,
        reportHash,
        at,
        activation,
        estimate.map(known -> new Watts(known.mean())),
        estimate.map(known -> new Watts(known.minimum())),
        estimate.map(known -> new Watts(known.standardDeviation())),
        estimate.map(Headroom.Estimate::coverage).orElse(0.0),
        sample.map(known -> lower(known.quality())).orElse("unknown"),
        current
            .stateOfCharge()
            .map(Percent::value)
            .map(OptionalDouble::of)
            .orElseGet(OptionalDouble::empty),
        sample.map(known -> lower(known.sourceKind())).orElse("unknown"),
        method,
        sample.map(known -> known.origin() != Origin.MEASURED).orElse(false),
        engine.slots().total(),
        engine.slots().free(),
        List.of(engine.servedModel()),
        reason.substring(0, Math.min(reason.length(), REASON_CHARACTERS_MAX)),
        nextPower(current),
        attachment.referee().node());
  }

  private static boolean isRunning(Activation activation) {
    return activation == Activation.FULL || activation == Activation.REDUCED;
  }

  private static String lower(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }

  /// When power is expected again, in real time.
  public Optional<Instant> nextPower(EnergyDecision current) {
    return current.reason() instanceof Reason.Night night && night.nextSun() != null
        ? Optional.of(energyTime.toReal(night.nextSun()))
        : Optional.empty();
  }

  @Override
  public void onAttached(Attached answer) {
    synchronized (reportLock) {
      attached = true;
      reportSequence = 0;
      reportHash = "";
      reportEvery = Duration.ofMillis(Math.clamp(answer.getReportEveryMs(), 500, 60_000));
    }
    report();
  }

  @Override
  public void onDetached() {
    synchronized (reportLock) {
      attached = false;
    }
    desk.clear();
    List.copyOf(sessions.keySet()).forEach(this::end);
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
    ServedAnswer answer =
        new ServedAnswer(
            ticket,
            envelope,
            hpkeKeys.usable(),
            engine::generate,
            attachment::send,
            clock.instant().plus(ANSWER_MAX),
            clock);
    Served fresh = new Served(answer, ticket, clock.instant());
    if (sessions.putIfAbsent(ticket.session(), fresh) != null) {
      engine.slots().giveBack();
      throw new ProtocolException("a ticket names a session that runs already");
    }
    // A ticket is to be used within its lifetime, counted here, whatever the clocks say.
    scheduler.after(
        Duration.between(ticket.issued(), ticket.expires()),
        () -> {
          if (fresh.equals(sessions.get(ticket.session())) && !answer.isAsked()) {
            end(ticket.session());
          }
        });
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
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException bug) {
      events.record(NodeEvent.UnexpectedFailure.of(ANSWER, bug));
    } finally {
      sessions.remove(session, known);
      engine.slots().giveBack();
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

  @Override
  public void close() {
    closed = true;
    onDetached();
  }
}
