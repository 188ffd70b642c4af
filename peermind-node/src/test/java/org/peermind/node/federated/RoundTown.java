// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.peermind.federated.round.Round;
import org.peermind.ledger.DiskStorage;
import org.peermind.ledger.LedgerReader;
import org.peermind.node.governance.LedgerWriter;
import org.peermind.node.governance.NetworkLedger;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.Rules;
import org.peermind.telemetry.Event;
import org.peermind.telemetry.FederatedEvent;
import org.peermind.testkit.VirtualClock;
import org.peermind.voting.Governance;

/// A network whose referee writes a real ledger and leads real rounds with real members. Nothing
/// runs by itself: a test has each look when it says so, and turns the clock.
final class RoundTown {
  static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  static final ModelHash MODEL = new ModelHash(digest("model").hex());

  private static final NetworkName NETWORK = new NetworkName("town");
  private static final SecureRandom SECRETS = new SecureRandom();

  final VirtualClock clock = new VirtualClock(START);
  final IdentityKey aggregator = IdentityKey.generate(SECRETS);
  final RoundWishes wishes = new RoundWishes();
  final List<RoundSeat> seats = new ArrayList<>();
  final List<Event> heard = new CopyOnWriteArrayList<>();
  final Adding sums = new Adding();
  final Path folder;
  final LedgerWriter ledger;

  /// What the aggregator computes with; an honest one adds.
  Combining combining = sums;

  /// How the referee's own ledger takes what the aggregator writes.
  Taking taking = LedgerWriter::submit;

  /// Runs before the aggregator learns what its ledger says.
  volatile Runnable slowness = () -> {};

  RoundHost host;
  RoundDesk desk;

  RoundTown(Path folder, int members) throws Exception {
    this(folder, members, Rules.bootstrap(List.of("Apache-2.0")));
  }

  RoundTown(Path folder, int members, Rules rules) throws Exception {
    this.folder = folder;
    for (int member = 0; member < members; member++) {
      seats.add(new RoundSeat(this, member, newKey()));
    }
    wishes.most = members;
    ledger =
        LedgerWriter.open(
            DiskStorage.forWriting(folder.resolve("ledger")), NETWORK, aggregator, clock);
    ledger.begin(
        new Genesis(
            NETWORK,
            seats.stream().map(seat -> seat.key.id()).toList(),
            rules,
            Optional.of(MODEL)));
    open();
    for (RoundSeat seat : seats) {
      seat.start();
    }
  }

  static IdentityKey newKey() {
    return IdentityKey.generate(SECRETS);
  }

  static Digest digest(String text) {
    return Digest.over(text.getBytes(StandardCharsets.UTF_8));
  }

  /// A way to take records.
  @FunctionalInterface
  interface Taking {
    NetworkLedger.Submitted take(LedgerWriter ledger, SignedEnvelope record)
        throws InterruptedException;
  }

  private void open() throws IOException {
    host =
        RoundHost.open(
            new RoundHost.Parts(
                folder.resolve("aggregator"),
                aggregator,
                new Answering(),
                wishes,
                (round, vectors) -> combining.combine(round, vectors),
                clock,
                heard::add));
    desk = new RoundDesk(host);
  }

  /// The aggregator's process ends and begins again; its members' streams break and come back.
  void restartAggregator() throws IOException {
    host.close();
    seats.forEach(RoundSeat::detach);
    open();
    seats.forEach(RoundSeat::attach);
  }

  Governance governance() {
    return ledger.governance().orElseThrow();
  }

  Round round() {
    return host.newest().orElseThrow();
  }

  /// Everybody looks once, the aggregator first.
  void look() throws Exception {
    host.look();
    membersLook();
  }

  void membersLook() throws Exception {
    for (RoundSeat seat : seats) {
      seat.look();
    }
  }

  /// Everybody looks until the round is where it is wanted.
  void lookUntil(Round.Step wanted) throws Exception {
    lookUntil(wanted, () -> {});
  }

  /// What happens after every look.
  @FunctionalInterface
  interface Between {
    void run() throws Exception;
  }

  void lookUntil(Round.Step wanted, Between between) throws Exception {
    for (int look = 0; look < 20; look++) {
      if (host.newest().filter(round -> round.step() == wanted).isPresent()) {
        return;
      }
      look();
      between.run();
    }
    throw new AssertionError("The round does not get there: " + host.doing());
  }

  /// Time passes until the step that is open has to end, and everybody looks.
  void lookAfterTheStep() throws Exception {
    clock.advance(Duration.between(clock.instant(), round().until()));
    look();
  }

  /// Leads a round to where members owe their updates, and none has given one.
  void untilUploadsAreDue() throws Exception {
    lookUntil(Round.Step.TRAINING);
    membersLook();
    host.look();
    if (round().step() != Round.Step.UPLOADING) {
      throw new AssertionError("The round does not get there: " + host.doing());
    }
  }

  /// Leads a round to its end and what comes of it into the ledger.
  Round finished() throws Exception {
    host.look();
    lookUntil(Round.Step.CLOSED);
    Round round = round();
    host.look();
    return round;
  }

  /// What every member does or waits for.
  List<String> doings() {
    return seats.stream().map(seat -> seat.member.doing()).toList();
  }

  /// What members or the aggregator did, by the names of the events.
  List<String> steps() {
    return heard.stream()
        .filter(FederatedEvent.RoundStep.class::isInstance)
        .map(event -> ((FederatedEvent.RoundStep) event).what().text())
        .toList();
  }

  void close() throws Exception {
    for (RoundSeat seat : seats) {
      seat.stop();
    }
    host.close();
    ledger.close();
  }

  /// The ledger, whose answers the test may change on their way to the aggregator.
  private final class Answering implements NetworkLedger {
    @Override
    public Optional<Governance> governance() {
      slowness.run();
      return ledger.governance();
    }

    @Override
    public Optional<LedgerReader> reader() {
      return ledger.reader();
    }

    @Override
    public Instant now() {
      return ledger.now();
    }

    @Override
    public Submitted submit(SignedEnvelope record) throws InterruptedException {
      return taking.take(ledger, record);
    }

    @Override
    public void onChange(Runnable listener) {
      ledger.onChange(listener);
    }
  }
}
