// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.Headroom;
import org.peermind.energy.Reason;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.SourceKind;
import org.peermind.inference.EngineLifecycle;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.ScriptedEngine;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.node.role.RefereeSet.Greeting;
import org.peermind.node.transport.Scheduler;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HpkePublicKey;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.MeasuredPower;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.Role;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.Ticket;
import org.peermind.protocol.Watts;
import org.peermind.protocol.wire.Up;

/// What the tests of roles have in common: keys, records, tickets and engines.
final class Parts {
  static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  static final SecureRandom SECRETS = new SecureRandom();
  static final NetworkName NETWORK = new NetworkName("home");
  static final PlaceCell PLACE = PlaceCell.of(37.2, -3.6);

  /// A clear day's powers of a house with panels.
  static final MeasuredPower MEASURED =
      new MeasuredPower(
          Optional.of(new Watts(1_200)),
          Optional.of(new Watts(300)),
          Optional.of(new Watts(-900)),
          Optional.empty(),
          Optional.of(new Watts(5_000)),
          OptionalDouble.empty(),
          false,
          Optional.empty());

  static final ModelHash MODEL = new ModelHash("ab".repeat(32));
  static final ServedModel SERVED = new ServedModel(MODEL, "demo", 4_096);

  private Parts() {}

  static IdentityKey key() {
    return IdentityKey.generate(SECRETS);
  }

  static Id16 id() {
    return Id16.random(SECRETS);
  }

  static SignedEnvelope record(IdentityKey key, HpkePublicKey hpke, Instant now, Role... roles) {
    return record(key, hpke, NETWORK, now, roles);
  }

  static SignedEnvelope record(
      IdentityKey key, HpkePublicKey hpke, NetworkName network, Instant now, Role... roles) {
    return new NodeRecord(
            key.id(),
            network,
            now.toEpochMilli(),
            Set.of(roles),
            PLACE,
            hpke,
            now.plus(Duration.ofDays(2)),
            List.of(),
            "test")
        .sign(key);
  }

  static Ticket ticket(NodeId inferer, Id16 nonce, Instant now) {
    return new Ticket(
        id(),
        id(),
        id(),
        inferer,
        nonce,
        MODEL,
        100,
        42,
        now,
        now.plus(Duration.ofSeconds(30)),
        NETWORK);
  }

  /// The referees of a node, at addresses that do not matter; nobody but the test lets time pass.
  static RefereeSet referees(
      IdentityKey key, HpkePublicKey hpke, InstantSource clock, List<NodeId> known, Role... roles) {
    return referees(key, hpke, clock, (delay, task) -> () -> {}, known, roles);
  }

  static RefereeSet referees(
      IdentityKey key,
      HpkePublicKey hpke,
      InstantSource clock,
      Scheduler scheduler,
      List<NodeId> known,
      Role... roles) {
    return new RefereeSet(
        NETWORK,
        known(key.id(), known),
        new Greeting() {
          @Override
          public SignedEnvelope at(Instant now) {
            return record(key, hpke, now, roles);
          }

          @Override
          public Optional<SignedEnvelope> invitationFor(NodeId referee) {
            return Optional.empty();
          }
        },
        clock,
        scheduler,
        new Unwatched());
  }

  /// The first listens on port 4477, the next on 4478 and so on.
  private static KnownReferees known(NodeId self, List<NodeId> referees) {
    List<KnownReferee> known = new ArrayList<>();
    referees.forEach(
        node -> known.add(new KnownReferee(node, new HostPort("127.0.0.1", 4477 + known.size()))));
    return new KnownReferees(self, known, List.of());
  }

  /// An engine that follows at once and gives scripted answers.
  static EngineRoom engine(ScriptedEngine.Script script, int slots, InstantSource clock) {
    EngineLifecycle lifecycle =
        new EngineLifecycle(
            new ScriptedEngine(script),
            new ModelSpec(Path.of("model.gguf"), MODEL, 4_096 * slots, slots, 1),
            EngineLifecycle.Policy.standard(),
            clock,
            Runnable::run);
    return new EngineRoom(
        lifecycle,
        SERVED,
        (files, model) ->
            new EngineLifecycle(
                new ScriptedEngine(script),
                new ModelSpec(files.model(), model.hash(), 4_096 * slots, slots, 1),
                EngineLifecycle.Policy.standard(),
                clock,
                Runnable::run),
        new Slots(slots),
        new EnergySettings.EnginePower(250, 120),
        receipts(key(), clock),
        new PowerWatch(clock),
        clock);
  }

  /// Receipts of a site without a battery, whose owner declared what the engine draws.
  static GreenReceipts receipts(IdentityKey key, InstantSource clock) {
    return new GreenReceipts(
        key, new PlaceCell("ezj"), new GreenReceipts.Site(true, false, false), clock);
  }

  static EnergyDecision decision(Activation activation) {
    return new EnergyDecision(
        activation, START, new Reason.Enough(500, 250), new Watts(250), null, null, null);
  }

  /// Power by the owner's word.
  static EnergyDecision declared() {
    EnergySample sample =
        EnergySample.builder("the owner's declaration", Origin.DECLARED, START)
            .quality(Quality.DECLARED)
            .sourceKind(SourceKind.WIND)
            .productionWatts(400)
            .loadWatts(250)
            .gridWatts(-150)
            .build();
    return new EnergyDecision(
        Activation.FULL,
        START,
        new Reason.Enough(375, 250),
        new Watts(250),
        new Headroom.Estimate(375, 375, 0, 0, 25, 1, 20),
        sample,
        null);
  }

  /// Power and a sample that says where it comes from.
  static EnergyDecision sunny() {
    EnergySample sample =
        EnergySample.builder("sun", Origin.SIMULATED, START)
            .productionWatts(5_000)
            .loadWatts(300)
            .gridWatts(-4_700)
            .build();
    return new EnergyDecision(
        Activation.FULL,
        START,
        new Reason.Enough(500, 250),
        new Watts(250),
        new Headroom.Estimate(4_500, 4_400, 20, 0, 100, 1, 20),
        sample,
        null);
  }

  /// Nobody watches.
  private static final class Unwatched implements RefereeSet.Watch {
    @Override
    public void homeMoved(Optional<NodeId> from, Optional<NodeId> to) {}

    @Override
    public void learned(List<KnownReferee> all) {}

    @Override
    public void attached(NodeId referee, Duration took) {}

    @Override
    public void detached(NodeId referee, String reason) {}

    @Override
    public void failedTry(NodeId referee, String reason) {}

    @Override
    public void clockSkewed(NodeId referee, Duration ahead) {}
  }

  static Up reportOf(SignedEnvelope report) {
    return Up.newBuilder().setReport(report.wire()).build();
  }
}
