// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.Headroom;
import org.peermind.energy.Reason;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Percent;
import org.peermind.node.transport.Scheduler;
import org.peermind.protocol.Activation;
import org.peermind.protocol.ExpectedPower;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.HpkeKeyRing;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.MeasuredPower;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.Watts;
import org.peermind.telemetry.EventLog;

/// An inferer (spec section 2.1) towards the network: reports its headroom to its home and its
/// standby referee, and works for both over one [InfererLink] each.
public final class InfererRole implements AutoCloseable {
  private static final Duration SWEEP = Duration.ofSeconds(1);
  private static final int REASON_CHARACTERS_MAX = 300;

  /// How long answers go on while power ends; the energy path ends them earlier when it must.
  private static final Duration DRAIN = Duration.ofSeconds(20);

  /// How long an answer goes on here while the owner waits for its slot.
  private static final Duration OWNER_WAITS = Duration.ofSeconds(2);

  /// Answers that end within this time are told in one report.
  private static final Duration ROOM_TOLD_AFTER = Duration.ofMillis(100);

  private static final String POWER_ENDS = "Renewable power is ending at this inferer.";
  private static final String OWNER_ASKS = "The owner of this inferer needs its slot.";

  private final RefereeSet referees;
  private final IdentityKey key;
  private final HpkeKeyRing hpkeKeys;
  private final NetworkName network;
  private final EngineRoom engine;
  private final String method;
  private final EnergyTime energyTime;
  private final InstantSource clock;
  private final SecureRandom random;
  private final Scheduler scheduler;
  private final EventLog events;

  /// By referee, as many as the node may know.
  private final Map<NodeId, InfererLink> links = new ConcurrentHashMap<>();

  private final AtomicBoolean roomUntold = new AtomicBoolean();
  private volatile @Nullable Activation lastActivation;
  private volatile @Nullable EnergyDecision decision;
  private volatile Supplier<Optional<ExpectedPower>> nextHour = Optional::empty;
  private volatile boolean closed;

  /// @param method the name of the energy adapter, part of every report
  public static InfererRole of(
      RefereeSet referees,
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
    InfererRole role =
        new InfererRole(
            referees,
            key,
            hpkeKeys,
            network,
            engine,
            method,
            energyTime,
            clock,
            random,
            scheduler,
            events);
    referees.add(role::linkTo);
    // Not on the network thread that lost the home: a report asks the engine how it is.
    referees.onHomeMoved(() -> scheduler.after(Duration.ZERO, role::reportHome));
    engine.slots().onOwnerWaiting(role::yieldToOwner);
    engine.keepWhile(
        model -> role.links.values().stream().anyMatch(link -> link.isPromised(model)));
    role.scheduleSweep();
    return role;
  }

  private InfererRole(
      RefereeSet referees,
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
    this.referees = referees;
    this.key = key;
    this.hpkeKeys = hpkeKeys;
    this.network = network;
    this.engine = engine;
    this.method = method;
    this.energyTime = energyTime;
    this.clock = clock;
    this.random = random;
    this.scheduler = scheduler;
    this.events = events;
  }

  /// Each referee has a desk of its own for its offers; the slots behind all desks are the same.
  private InfererLink linkTo(RefereeAttachment attachment) {
    NodeId referee = attachment.referee().node();
    OfferDesk desk =
        new OfferDesk(
            key.id(),
            referee,
            network,
            () -> engine.servedModel().hash(),
            engine.slots(),
            () -> engine.canWork() ? Optional.empty() : Optional.of("The engine does not run now."),
            clock,
            random);
    InfererLink link =
        new InfererLink(
            attachment, key, hpkeKeys, engine, desk, this::next, this::madeRoom, clock, events);
    links.put(referee, link);
    return link;
  }

  private void scheduleSweep() {
    scheduler.after(
        SWEEP,
        () -> {
          if (!closed) {
            scheduleSweep();
            links.values().forEach(InfererLink::sweep);
          }
        });
  }

  /// Takes in what the energy path decided; a change, and that of the engine, is reported at once.
  public void decided(EnergyDecision newDecision) {
    decision = newDecision;
    Activation now = told(newDecision);
    if (engine.takeChange()) {
      lastActivation = null; // another model is there, which the referees must know
    }
    if (now != lastActivation) {
      lastActivation = now;
      report();
      if (now == Activation.DRAINING) {
        links.values().forEach(link -> link.yieldAll(POWER_ENDS, DRAIN));
      }
    }
  }

  /// Asks the answer that began last and was not asked yet to go on elsewhere, because the owner
  /// wants its slot.
  private boolean yieldToOwner() {
    return links.values().stream()
        .flatMap(InfererLink::borrowed)
        .sorted(Comparator.comparing(InfererLink.Borrowed::started).reversed())
        .anyMatch(borrowed -> borrowed.leave(OWNER_ASKS, RefusalCode.NO_CAPACITY, OWNER_WAITS));
  }

  /// What the network is told: power without an engine that answers is no more than warming up.
  private Activation told(EnergyDecision current) {
    return engine.canWork() || !isRunning(current.activation())
        ? current.activation()
        : Activation.WARMING;
  }

  /// A slot is free later than the referees think, or they do not know: the successor of a lost
  /// home counts its answers as running until it hears more.
  private void madeRoom() {
    if (!closed && roomUntold.compareAndSet(false, true)) {
      scheduler.after(
          ROOM_TOLD_AFTER,
          () -> {
            roomUntold.set(false);
            if (!closed) {
              report();
            }
          });
    }
  }

  /// Reports to every referee at once; the home comes first.
  private void report() {
    linksByRank().forEach(InfererLink::report);
  }

  private void reportHome() {
    NodeId home = referees.homeToName();
    linksByRank().forEach(link -> link.reportHome(home));
  }

  private List<InfererLink> linksByRank() {
    return referees.attachments().stream()
        .flatMap(each -> Optional.ofNullable(links.get(each.referee().node())).stream())
        .toList();
  }

  private Optional<HeadroomReport> next(long sequence, String previousSha256Hex, Instant at) {
    EnergyDecision current = decision;
    return current == null
        ? Optional.empty()
        : Optional.of(build(current, sequence, previousSha256Hex, at));
  }

  private HeadroomReport build(
      EnergyDecision current, long sequence, String previousSha256Hex, Instant at) {
    Optional<Headroom.Estimate> estimate = current.headroom();
    Optional<EnergySample> sample = current.newestSample();
    String reason = current.reason().sentence();
    Activation activation = told(current);
    return new HeadroomReport(
        sequence,
        previousSha256Hex,
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
        sample.map(known -> known.origin().isInvented()).orElse(false),
        sample.map(known -> known.origin() == Origin.DECLARED).orElse(false),
        sample.map(EnergySample::unverified).orElse(false),
        engine.slots().total(),
        engine.slots().free(),
        List.of(engine.servedModel()),
        reason.substring(0, Math.min(reason.length(), REASON_CHARACTERS_MAX)),
        nextPower(current),
        nextHour.get(),
        referees.homeToName(),
        sample.map(this::measured));
  }

  /// The readings under the claim, no finer than a referee needs them.
  private MeasuredPower measured(EnergySample sample) {
    return new MeasuredPower(
            sample.production().known(),
            sample.load().known(),
            sample.grid().known(),
            sample.battery().known(),
            sample.nameplate().known(),
            sample
                .capacity()
                .known()
                .map(capacity -> OptionalDouble.of(capacity.value()))
                .orElseGet(OptionalDouble::empty),
            sample.throttled(),
            Optional.ofNullable(sample.deviceTime()).map(energyTime::toReal))
        .rounded();
  }

  private static boolean isRunning(Activation activation) {
    return activation == Activation.FULL || activation == Activation.REDUCED;
  }

  private static String lower(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }

  /// When power is expected again, in real time.
  public Optional<Instant> nextPower(EnergyDecision current) {
    Optional<Instant> expected = Optional.empty();
    if (current.reason() instanceof Reason.Night night) {
      expected = Optional.ofNullable(night.nextSun());
    } else if (current.reason() instanceof Reason.Expecting expecting && !expecting.turn().ends()) {
      expected = Optional.of(expecting.turn().at());
    }
    return expected.map(energyTime::toReal);
  }

  /// Tells where reports take the headroom expected of the next hour from.
  public void expect(Supplier<Optional<ExpectedPower>> source) {
    nextHour = source;
  }

  @Override
  public void close() {
    closed = true;
    links.values().forEach(InfererLink::onDetached);
  }
}
