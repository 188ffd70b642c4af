// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.peermind.protocol.Activation;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.Role;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.Watts;

/// What a referee knows of its network at one moment, for `status` and the dashboard.
///
/// @param nodes attached nodes and those that left lately, in the order of their ids
/// @param answersAssigned since the referee started
/// @param answersRefused since the referee started
/// @param usersAdmitted users that hold a user slot now
/// @param userSlots slots per inferer times active inferers of which this referee is the home
/// @param requestsQueued requests that wait for a slot
public record NetworkSnapshot(
    Instant at,
    List<NodeRow> nodes,
    long answersAssigned,
    long answersRefused,
    int sessions,
    int usersAdmitted,
    int userSlots,
    int requestsQueued) {

  public NetworkSnapshot {
    nodes = List.copyOf(nodes);
  }

  /// One node. What only inferers have is empty, zero or `false` for others and before the first
  /// report.
  ///
  /// @param headroom the mean of the averaging window, as far as it counts; empty means unknown
  /// @param reason why it is or is not offered work, one sentence for a person
  /// @param slotsFree what the referee would still offer
  /// @param declared whether its owner states the power and nothing measures it
  /// @param unverified whether a device profile that no recorded answer has proved reads it
  /// @param trustLevel `L0` to `L4`; empty before the first report
  /// @param home the referee that assigns the inferer
  public record NodeRow(
      NodeId node,
      Set<Role> roles,
      PlaceCell cell,
      Presence presence,
      Optional<Activation> activation,
      Optional<Watts> headroom,
      OptionalDouble batteryPercent,
      String reason,
      int slots,
      int slotsFree,
      List<ServedModel> models,
      Optional<Duration> reportAge,
      boolean simulated,
      boolean declared,
      boolean unverified,
      String trustLevel,
      Optional<Instant> nextPower,
      Optional<NodeId> home) {
    public NodeRow {
      roles = Set.copyOf(roles);
      models = List.copyOf(models);
    }
  }
}
