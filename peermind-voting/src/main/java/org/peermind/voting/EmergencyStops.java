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
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.EmergencyStop;

/// Who asked to stop which model, and what is stopped: two thirds of the voters and the writer
/// within six hours (PMV-1, adoption). Immutable.
record EmergencyStops(Map<ModelHash, Map<NodeId, Instant>> asked, Set<String> stopped) {
  static final EmergencyStops NONE = new EmergencyStops(Map.of(), Set.of());

  private static final Duration WINDOW = Duration.ofHours(6);
  private static final int MODELS_OF_ONE = 4;

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
    Map<ModelHash, Map<NodeId, Instant>> all = recent(now);
    Map<NodeId, Instant> asking = new TreeMap<>(all.getOrDefault(model, Map.of()));
    Refusal.unless(!asking.containsKey(author), "You asked for this already.");
    Refusal.unless(
        all.values().stream().filter(others -> others.containsKey(author)).count() < MODELS_OF_ONE,
        "You asked to stop four models within six hours; that is the most.");
    asking.put(author, now);
    all.put(model, Map.copyOf(asking));
    long heads = voters.stream().filter(asking::containsKey).count();
    boolean isEnough = 3 * heads >= 2L * voters.size() && asking.containsKey(writer);
    Set<String> next = new TreeSet<>(stopped);
    if (isEnough) {
      next.add(model.hex());
    }
    return new EmergencyStops(all, next);
  }

  /// What was asked within the window; the rest is forgotten.
  private Map<ModelHash, Map<NodeId, Instant>> recent(Instant now) {
    Map<ModelHash, Map<NodeId, Instant>> all = new HashMap<>();
    asked.forEach(
        (model, asking) -> {
          Map<NodeId, Instant> left = new TreeMap<>(asking);
          left.values().removeIf(at -> at.plus(WINDOW).isBefore(now));
          if (!left.isEmpty() && !isStopped(model)) {
            all.put(model, Map.copyOf(left));
          }
        });
    return all;
  }
}
