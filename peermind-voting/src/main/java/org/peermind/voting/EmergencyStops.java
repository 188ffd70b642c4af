// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.EmergencyStop;

/// Who asked to stop which model, and what is stopped: two thirds of the voters and the writer
/// within six hours (PMV-1, adoption). Immutable.
record EmergencyStops(Map<ModelHash, Map<NodeId, Instant>> asked, Set<String> stopped) {
  static final EmergencyStops NONE = new EmergencyStops(Map.of(), Set.of());

  private static final Duration WINDOW = Duration.ofHours(6);
  private static final int MODELS_MAX = 1_024;

  EmergencyStops {
    asked = Map.copyOf(asked);
    stopped = Set.copyOf(stopped);
  }

  boolean isStopped(ModelHash model) {
    return stopped.contains(model.hex());
  }

  Optional<ModelHash> unlessStopped(Optional<ModelHash> model) {
    return model.filter(one -> !isStopped(one));
  }

  EmergencyStops after(
      EmergencyStop stop, NodeId author, List<NodeId> voters, NodeId writer, Instant now)
      throws Refusal {
    ModelHash model = stop.model();
    Refusal.unless(
        author.equals(writer) || voters.contains(author),
        "Only voters and the writer stop a model.");
    Refusal.unless(!isStopped(model), "This model is stopped already.");
    Refusal.unless(
        asked.containsKey(model) || asked.size() < MODELS_MAX,
        "Too many models were asked to be stopped.");
    Map<NodeId, Instant> asking = new TreeMap<>(asked.getOrDefault(model, Map.of()));
    Instant before = asking.put(author, now);
    Refusal.unless(!isRecent(before, now), "You asked for this already.");
    Map<ModelHash, Map<NodeId, Instant>> all = new HashMap<>(asked);
    all.put(model, Map.copyOf(asking));
    long heads = voters.stream().filter(voter -> isRecent(asking.get(voter), now)).count();
    boolean isEnough = 3 * heads >= 2L * voters.size() && isRecent(asking.get(writer), now);
    Set<String> next = new TreeSet<>(stopped);
    if (isEnough) {
      next.add(model.hex());
    }
    return new EmergencyStops(all, next);
  }

  private static boolean isRecent(@Nullable Instant asked, Instant now) {
    return asked != null && !asked.plus(WINDOW).isBefore(now);
  }
}
