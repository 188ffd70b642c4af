// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.Watts;

/// Which nodes are attached, and which inferers among them may be offered work (design section 7).
///
/// What is unknown counts as no power: no report, an old one, one without a headroom figure, one
/// whose power is not renewable, or one from a clock that cannot be right.
final class InfererRegistry {
  static final int PEERS_MAX = 50_000;
  static final int DEPARTED_MAX = 1_000;
  static final Duration DEPARTED_KEPT = Duration.ofMinutes(10);

  /// An inferer whose home is gone has its own time to notice, and then names another one.
  static final Duration HOME_MOVES_WITHIN = Duration.ofSeconds(10);

  static final Duration CLOCK_ERROR_MAX = Duration.ofMinutes(2);
  private static final int SILENCES_UNTIL_GONE = 2;
  private static final Set<String> RENEWABLE_SOURCES = Set.of("pv", "wind", "hydro", "battery");

  private final NodeId self;
  private final RefereeSettings settings;
  private @Nullable Instant started;
  private final Map<NodeId, Peer> attached = new HashMap<>();
  private final LinkedHashMap<NodeId, Departed> departed = new LinkedHashMap<>();

  /// A node that left lately.
  record Departed(Peer peer, Instant at) {}

  /// How a node stands at one moment.
  record Standing(Presence presence, String reason) {}

  /// @param self the referee's own id: it may assign inferers that name it as their home
  InfererRegistry(NodeId self, RefereeSettings settings) {
    this.self = self;
    this.settings = settings;
  }

  /// Tells the time of the first input.
  void startAt(Instant now) {
    if (started == null) {
      started = now;
    }
  }

  /// Whether inferers may be about to report for the first time, because the referee has just
  /// started or they have just attached.
  boolean firstReportsAwaited(Instant now) {
    boolean justStarted = started != null && now.isBefore(started.plus(settings.reportInterval()));
    return justStarted
        || attached.values().stream()
            .anyMatch(
                peer -> peer.isInferer() && peer.report().isEmpty() && now.isBefore(staleAt(peer)));
  }

  /// Adds a node, which must not be attached; empty when there is no room for it.
  Optional<Peer> attach(RefereeInput.PeerAttached input, Instant now) {
    if (attached.size() >= PEERS_MAX) {
      return Optional.empty();
    }
    departed.remove(input.node());
    Peer peer = new Peer(input.node(), input.roles(), input.cell(), input.clockSkew(), now);
    attached.put(peer.node, peer);
    return Optional.of(peer);
  }

  void detach(Peer peer, Instant now) {
    attached.remove(peer.node);
    departed.putLast(peer.node, new Departed(peer, now));
    if (departed.size() > DEPARTED_MAX) {
      departed.pollFirstEntry();
    }
  }

  @Nullable Peer find(NodeId node) {
    return attached.get(node);
  }

  /// All attached nodes, in the order of their ids.
  List<Peer> attached() {
    List<Peer> peers = new ArrayList<>(attached.values());
    peers.sort(Comparator.comparing(peer -> peer.node));
    return peers;
  }

  /// Models of inferers that left lately.
  Stream<ServedModel> departedModels() {
    return departed.values().stream().flatMap(gone -> gone.peer().models().stream());
  }

  void forgetDeparted(Instant now) {
    departed.values().removeIf(gone -> !now.isBefore(gone.at().plus(DEPARTED_KEPT)));
  }

  /// Checks a report and takes it over.
  ///
  /// @return why the report was refused; empty when it was taken, ready or not
  Optional<String> accept(
      Peer peer, RefereeInput.ReportReceived input, int settledSessions, Instant now) {
    HeadroomReport report = input.report();
    if (!peer.isInferer()) {
      return Optional.of("It reports power but did not attach as an inferer.");
    }
    Optional<HeadroomReport> before = peer.report();
    long expected = before.isPresent() ? before.get().sequence() + 1 : 1;
    if (report.sequence() < expected) {
      return Optional.of(
          "Report %d is an old one; report %d was due.".formatted(report.sequence(), expected));
    }
    if (report.sequence() > expected) {
      return Optional.of(
          "Report %d came where report %d was due.".formatted(report.sequence(), expected));
    }
    if (!report.previousSha256Hex().equals(peer.reportSha256Hex())) {
      return Optional.of(
          "Report %d does not name the report before it.".formatted(report.sequence()));
    }
    Optional<String> idleReason =
        idleReason(peer, report, now).or(() -> distrust(report, input.trust()));
    peer.take(
        report,
        input.trust(),
        input.sha256Hex(),
        now,
        idleReason,
        usableSlots(report),
        settledSessions);
    return Optional.empty();
  }

  /// Power that the owner declares is left to the rule about it.
  private static Optional<String> distrust(HeadroomReport report, ReportTrust trust) {
    return trust.share() > 0 || report.declared()
        ? Optional.empty()
        : Optional.of(trust.objection().orElse("None of its headroom counts."));
  }

  private Optional<String> idleReason(Peer peer, HeadroomReport report, Instant now) {
    Optional<String> clock = clockReason(Duration.between(now, report.at()));
    if (clock.isPresent()) {
      boolean rightWhenAttached = peer.clockSkew.abs().compareTo(CLOCK_ERROR_MAX) <= 0;
      return rightWhenAttached && report.at().isBefore(now)
          ? Optional.of("Its report was written long before it came.")
          : clock;
    }
    if (report.simulated() && !settings.acceptSimulatedPower()) {
      return Optional.of("Its power is simulated, which this referee does not accept.");
    }
    if (share(report) == 0) {
      return Optional.of(
          "Its owner declares its power, to which this referee gives no share of the work.");
    }
    switch (report.activation()) {
      case OFF, WARMING, DRAINING -> {
        return Optional.of(reasonOf(report));
      }
      case FULL, REDUCED -> {}
    }
    if (!RENEWABLE_SOURCES.contains(report.source())) {
      return Optional.of(
          "Its power comes from \"%s\", which does not count as renewable."
              .formatted(report.source()));
    }
    Optional<Watts> headroom = report.headroomMean();
    if (headroom.isEmpty()) {
      return Optional.of("Its headroom is unknown.");
    }
    if (headroom.get().compareTo(Watts.ZERO) <= 0) {
      return Optional.of(
          String.format(Locale.ROOT, "Its headroom is %.0f W.", headroom.get().value()));
    }
    if (report.models().stream().noneMatch(this::accepts)) {
      return Optional.of(
          report.models().isEmpty()
              ? "It serves no model."
              : "Its model is only declared, which this referee does not accept.");
    }
    return Optional.empty();
  }

  /// What a report's power counts, 0 to 1 of it: nothing vouches for what an owner declares (design
  /// section 1, promise 1).
  private double share(HeadroomReport report) {
    return report.declared() ? settings.declaredShare() : 1;
  }

  /// The slots that others may use; with power that counts partly as much of them, but one at
  /// least.
  private int usableSlots(HeadroomReport report) {
    int usable = (int) (share(report) * report.slots());
    return usable == 0 && share(report) > 0 ? Math.min(1, report.slots()) : usable;
  }

  /// Whether others may be offered this model.
  boolean accepts(ServedModel model) {
    return model.verified() || settings.acceptUnverifiedModels();
  }

  private static String reasonOf(HeadroomReport report) {
    return report.reason().isBlank()
        ? "Its engine is " + text(report.activation())
        : report.reason();
  }

  private static String text(Activation activation) {
    return switch (activation) {
      case OFF -> "off.";
      case WARMING -> "loading the model.";
      case DRAINING -> "ending its last answers.";
      case FULL, REDUCED -> "on.";
    };
  }

  private static Optional<String> clockReason(Duration ahead) {
    if (ahead.abs().compareTo(CLOCK_ERROR_MAX) <= 0) {
      return Optional.empty();
    }
    return Optional.of(
        "Its clock is %d min %s."
            .formatted(ahead.abs().toMinutes(), ahead.isNegative() ? "behind" : "ahead"));
  }

  /// Whether an inferer has power for answers, whoever assigns it.
  boolean hasPower(Peer peer, Instant now) {
    return peer.idleReason().isEmpty() && now.isBefore(staleAt(peer));
  }

  /// Whether an inferer has power for answers and this referee is its home.
  boolean isReady(Peer peer, Instant now) {
    return hasPower(peer, now) && peer.isHomedAt(self);
  }

  /// Whether an inferer with power may be about to name this referee as its home, because the one
  /// that it named has just gone.
  boolean mayMoveHere(Peer peer, Instant now) {
    return hasPower(peer, now)
        && peer.report()
            .map(report -> departed.get(report.home()))
            .filter(gone -> now.isBefore(gone.at().plus(HOME_MOVES_WITHIN)))
            .isPresent();
  }

  Instant staleAt(Peer peer) {
    return peer.heardAt().plus(settings.staleAfter());
  }

  /// Presence and reason of an attached node.
  Standing standing(Peer peer, Instant now) {
    if (!peer.isInferer()) {
      return new Standing(Presence.CONNECTED, "");
    }
    Duration silence = Duration.between(peer.heardAt(), now);
    if (silence.compareTo(settings.staleAfter()) >= 0) {
      boolean gone =
          silence.compareTo(settings.staleAfter().multipliedBy(SILENCES_UNTIL_GONE)) >= 0;
      return new Standing(
          gone ? Presence.GONE : Presence.STALE,
          "It has not reported for %d s.".formatted(silence.toSeconds()));
    }
    if (peer.report().isEmpty()) {
      String reason = clockReason(peer.clockSkew).or(peer::idleReason).orElse("");
      return new Standing(Presence.CONNECTED, reason);
    }
    if (peer.idleReason().isPresent()) {
      return new Standing(Presence.LOW, peer.idleReason().get());
    }
    String reason = peer.report().map(HeadroomReport::reason).orElse("");
    return new Standing(Presence.READY, peer.trust().objection().orElse(reason));
  }

  /// Rows of all attached nodes and those that left lately, in the order of their ids.
  List<NetworkSnapshot.NodeRow> rows(Instant at) {
    List<NetworkSnapshot.NodeRow> rows = new ArrayList<>();
    attached.values().forEach(peer -> rows.add(row(peer, standing(peer, at), at)));
    Standing left = new Standing(Presence.GONE, "It left the network.");
    departed.values().forEach(gone -> rows.add(row(gone.peer(), left, at)));
    rows.sort(Comparator.comparing(NetworkSnapshot.NodeRow::node));
    return rows;
  }

  private Optional<Watts> countedHeadroom(HeadroomReport report) {
    double share = share(report);
    return report
        .headroomMean()
        .map(watts -> share == 1 ? watts : new Watts(share * watts.value()));
  }

  private NetworkSnapshot.NodeRow row(Peer peer, Standing standing, Instant at) {
    Optional<HeadroomReport> report = peer.report();
    return new NetworkSnapshot.NodeRow(
        peer.node,
        peer.roles,
        peer.cell,
        standing.presence(),
        report.map(HeadroomReport::activation),
        report.flatMap(this::countedHeadroom).map(claimed -> counted(peer, claimed)),
        report.map(HeadroomReport::batteryPercent).orElse(OptionalDouble.empty()),
        standing.reason(),
        peer.slots(),
        standing.presence() == Presence.GONE ? 0 : peer.slotsFree(),
        peer.models(),
        report.map(_ -> Duration.between(peer.heardAt(), at)),
        report.map(HeadroomReport::simulated).orElse(false),
        report.map(HeadroomReport::declared).orElse(false),
        report.map(HeadroomReport::unverified).orElse(false),
        report.map(_ -> peer.trust().level()).orElse(""),
        report.flatMap(HeadroomReport::nextPower),
        report.map(HeadroomReport::home));
  }

  /// A deficit stays what it is; of measured headroom only the trusted share counts.
  private static Watts counted(Peer peer, Watts claimed) {
    boolean declared = peer.report().map(HeadroomReport::declared).orElse(false);
    return claimed.value() > 0 && !declared
        ? new Watts(claimed.value() * peer.trust().share())
        : claimed;
  }
}
