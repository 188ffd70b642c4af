// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.plausibility.Finding.Check;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.PlaceCell;

/// Judges what nodes report about their power, report by report (docs/plausibility.md). It never
/// makes more of a claim than the node did: it answers with a share of it. One thread uses it.
///
/// It remembers eight days of at most so many sites, about 47 kB each. A site that is heard of
/// while all memory is in use by others is judged by its single reports alone, so that nobody can
/// flush what was found about others.
public final class Plausibility {
  public static final int SITES_MAX = 2_000;
  static final Duration LATE_MAX = Duration.ofSeconds(90);
  static final Duration EARLY_MAX = Duration.ofSeconds(30);
  private static final Duration FORGOTTEN_AFTER = Duration.ofDays(8);
  private static final Duration REPLAY_EVERY = Duration.ofMinutes(20);
  private static final Duration CLONE_EVERY = Duration.ofMinutes(5);
  private static final int REPLAY_LAG_MINUTES_MIN = 10;
  private static final double REPLAY_CORRELATION = 0.9;
  private static final int OTHERS_AT_ONCE = 256;
  private static final int CLONE_LAG_MINUTES = 2;
  private static final double CLONE_CORRELATION_MIN = 0.7;
  private static final double CLONE_CORRELATION_MAX = 0.98;
  private static final double CLOUD_KILOMETRES_PER_MINUTE = 0.6;
  private static final int NEIGHBOURS_MIN = 5;
  private static final int NEIGHBOURS_MAX = 64;
  private static final double NEIGHBOUR_KILOMETRES_MAX = 160;
  private static final int SHORT_DAYS = 3;
  private static final double SHORT_RATIO_MAX = 1.6;
  private static final double LONG_RATIO_MAX = 1.35;
  private static final int PROVEN_DAYS = 14;

  private final int sitesMax;
  private final NavigableMap<NodeId, SiteMemory> sites = new TreeMap<>();
  private final Map<NodeId, Turn> turns = new HashMap<>();

  /// When a site was compared last, and with whom it goes on.
  private record Turn(Instant replayAt, Instant othersAt, NodeId next) {}

  public Plausibility() {
    this(SITES_MAX);
  }

  Plausibility(int sitesMax) {
    this.sitesMax = sitesMax;
  }

  /// Judges a report that is signed, chained and not a duplicate for the registry.
  ///
  /// @param cell where the node says that it is
  /// @param now by the referee's clock
  public Verdict judge(
      NodeId node, PlaceCell cell, HeadroomReport report, Evidence evidence, Instant now) {
    if (report.declared()) {
      return refused("Its owner states its power and nothing measures it (L0).", List.of());
    }
    if (report.simulated()) {
      // Whether such power counts at all is the network's choice; no sun shines on it.
      return new Verdict(TrustLevel.CHECKED, 1, Optional.empty(), List.of());
    }
    Optional<String> clock = clock(report.at(), now);
    if (clock.isPresent()) {
      return refused(clock.get(), List.of());
    }
    Claim claim = Claim.of(report).orElse(null);
    if (claim == null) {
      return refused("It reports no measured power, so nothing can be checked (L0).", List.of());
    }
    SiteMemory site = remembered(node, cell, now);
    boolean hasDayEnded = site.take(claim, now);
    if (sites.get(node) == site) {
      compare(node, site, hasDayEnded, claim.at());
    }
    return verdict(site, claim, report.unverified(), evidence, now);
  }

  private static Optional<String> clock(Instant at, Instant now) {
    Duration late = Duration.between(at, now);
    if (late.compareTo(LATE_MAX) > 0) {
      return Optional.of("Its report is %d s old.".formatted(late.toSeconds()));
    }
    return late.negated().compareTo(EARLY_MAX) > 0
        ? Optional.of("Its report is %d s ahead of time.".formatted(-late.toSeconds()))
        : Optional.empty();
  }

  private SiteMemory remembered(NodeId node, PlaceCell cell, Instant now) {
    SiteMemory site = sites.get(node);
    if (site != null) {
      site.moveTo(cell);
      return site;
    }
    SiteMemory fresh = new SiteMemory(cell, now);
    if (sites.size() >= sitesMax) {
      sites.values().removeIf(other -> other.heardAt().plus(FORGOTTEN_AFTER).isBefore(now));
      turns.keySet().retainAll(sites.keySet());
    }
    if (sites.size() < sitesMax) {
      sites.put(node, fresh);
    }
    return fresh;
  }

  private void compare(NodeId node, SiteMemory site, boolean hasDayEnded, Instant at) {
    if (hasDayEnded) {
      scale(node, site, at);
    }
    Clouds clouds = site.clouds();
    Turn turn = turns.computeIfAbsent(node, _ -> new Turn(at, at, node));
    boolean replayDue = !at.isBefore(turn.replayAt().plus(REPLAY_EVERY));
    boolean cloneDue = !at.isBefore(turn.othersAt().plus(CLONE_EVERY));
    if (clouds == null || !(replayDue || cloneDue)) {
      return;
    }
    Clouds.Window window = clouds.window();
    NodeId next = turn.next();
    if (replayDue && window.tells()) {
      replay(site, window, at);
    }
    if (cloneDue && window.tells()) {
      next = clones(node, site, window, next, at);
    }
    turns.put(
        node, new Turn(replayDue ? at : turn.replayAt(), cloneDue ? at : turn.othersAt(), next));
  }

  /// E7: the clouds of the last two hours passed once before.
  private static void replay(SiteMemory site, Clouds.Window window, Instant at) {
    int lag = window.repeatedAfter(REPLAY_LAG_MINUTES_MIN, REPLAY_CORRELATION);
    if (lag > 0) {
      site.found(
          Check.REPLAY,
          "The clouds of its last two hours are those of %d min before.".formatted(lag),
          at);
    }
  }

  /// E8: another node reports the same clouds. Which of them copies nobody can tell, and a plant of
  /// two nodes counts once, so that it is noted at both.
  private NodeId clones(
      NodeId node, SiteMemory site, Clouds.Window window, NodeId from, Instant at) {
    NodeId next = from;
    for (int i = 0; i < Math.min(OTHERS_AT_ONCE, sites.size()); i++) {
      NodeId other = sites.higherKey(next);
      next = other == null ? sites.firstKey() : other;
      SiteMemory candidate = sites.get(next);
      Clouds theirs = candidate == null ? null : candidate.clouds();
      if (candidate == null || theirs == null || next.equals(node)) {
        continue;
      }
      double kilometres = site.area().kilometresAtLeast(candidate.area());
      for (int lag = -CLONE_LAG_MINUTES; lag <= CLONE_LAG_MINUTES; lag++) {
        if (window.correlation(theirs, lag) > cloneLimit(kilometres)) {
          String sentence = "Its clouds are those that another node reports.";
          site.found(Check.CLONE, sentence, at);
          candidate.found(Check.CLONE, sentence, at);
        }
      }
    }
    return next;
  }

  private static double cloneLimit(double kilometres) {
    double natural = 1 / (1 + kilometres / CLOUD_KILOMETRES_PER_MINUTE);
    double limit = natural + 4 / Math.sqrt(Clouds.WINDOW_MINUTES);
    return Math.clamp(limit, CLONE_CORRELATION_MIN, CLONE_CORRELATION_MAX);
  }

  /// E9: it makes far more of its rated power than its neighbours do of theirs.
  private void scale(NodeId node, SiteMemory site, Instant at) {
    scale(node, site, SHORT_DAYS, SHORT_RATIO_MAX, at);
    scale(node, site, Yields.DAYS, LONG_RATIO_MAX, at);
  }

  private void scale(NodeId node, SiteMemory site, int days, double ratioMax, Instant at) {
    long day = site.area().day(at);
    double own = site.yields().mean(day, days);
    if (Double.isNaN(own)) {
      return;
    }
    double[] others = new double[NEIGHBOURS_MAX];
    int count = 0;
    for (Map.Entry<NodeId, SiteMemory> entry : sites.entrySet()) {
      SiteMemory other = entry.getValue();
      double mean = other.yields().mean(day, days);
      boolean isNear =
          site.area().middle().kilometresTo(other.area().middle()) <= NEIGHBOUR_KILOMETRES_MAX;
      if (isNear && !entry.getKey().equals(node) && !Double.isNaN(mean) && count < others.length) {
        others[count++] = mean;
      }
    }
    double middle = Yields.median(others, count);
    if (count >= NEIGHBOURS_MIN && own > ratioMax * middle) {
      site.found(
          Check.SCALE,
          "Over %d days it made %.1f times what its neighbours make of the same rated power."
              .formatted(days, own / middle),
          at);
    }
  }

  private static Verdict refused(String sentence, List<Finding> findings) {
    return new Verdict(TrustLevel.STATED, 0, Optional.of(sentence), findings);
  }

  private static Verdict verdict(
      SiteMemory site, Claim claim, boolean unverified, Evidence evidence, Instant now) {
    List<Finding> findings = site.findings(now);
    @Nullable Finding refusing =
        findings.stream()
            .filter(finding -> claim.at().isBefore(finding.refusesUntil()))
            .findFirst()
            .orElse(null);
    if (refusing != null) {
      return refused(refusing.sentence(), findings);
    }
    TrustLevel level = unverified ? TrustLevel.CHECKED : level(site, evidence);
    double share = level.share() * Math.pow(0.5, findings.size());
    if (claim.battery() < 0 && -claim.battery() > Math.max(0, claim.productionLeast())) {
      share *= Math.max(0.01, site.greenShare());
    }
    Optional<String> objection =
        findings.isEmpty() ? Optional.empty() : Optional.of(findings.getFirst().sentence());
    return new Verdict(level, share, objection, findings);
  }

  private static TrustLevel level(SiteMemory site, Evidence evidence) {
    if (evidence.certificateMatched()) {
      return TrustLevel.CERTIFIED;
    }
    if (evidence.deviceSigned()) {
      return TrustLevel.SIGNED;
    }
    return evidence.stepChallengePassed() && site.cleanDays() >= PROVEN_DAYS
        ? TrustLevel.PROVEN
        : TrustLevel.CHECKED;
  }
}
