// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.util.OptionalDouble;
import org.peermind.energy.EnergyDecision;
import org.peermind.node.role.EnergyLoop;
import org.peermind.node.role.EngineRoom;
import org.peermind.node.role.RefereeRole;
import org.peermind.node.role.RefereeSet;
import org.peermind.node.transport.LinkState;
import org.peermind.node.transport.PeerListener;
import org.peermind.telemetry.Metric;
import org.peermind.telemetry.NodeMetrics;

/// The metrics that are asked for rather than counted, by the part that knows them.
final class NodeGauges {
  private NodeGauges() {}

  static void ofReferees(NodeMetrics metrics, RefereeSet referees) {
    metrics.watch(Metric.ATTACHED, () -> referees.isAttached() ? 1 : 0);
    metrics.watch(
        Metric.ATTACHED_REFEREES,
        () ->
            referees.attachments().stream()
                .filter(each -> each.state() == LinkState.ATTACHED)
                .count());
    metrics.watch(Metric.KNOWN_REFEREES, () -> referees.known().size());
  }

  static void ofReferee(NodeMetrics metrics, RefereeRole referee, PeerListener listener) {
    metrics.watch(Metric.ATTACHED_PEERS, listener::attachedPeers);
    metrics.watch(Metric.SESSIONS, () -> referee.lastSnapshot().sessions());
    metrics.watch(Metric.USER_SLOTS, () -> referee.lastSnapshot().userSlots());
    metrics.watch(Metric.USER_SLOTS_USED, () -> referee.lastSnapshot().usersAdmitted());
  }

  static void ofInferer(NodeMetrics metrics, EnergyLoop energy, EngineRoom engine) {
    metrics.watchActivation();
    metrics.watch(Metric.HEADROOM, () -> headroomWatts(energy.decision()));
    metrics.watch(Metric.BATTERY_CHARGE, () -> batteryRatio(energy.decision()));
    metrics.watch(Metric.OWN_DRAW, engine::drawWatts);
    metrics.watch(
        Metric.PREFILL_ENERGY, () -> joules(engine.watch().perToken().prefill().aboveIdle()));
    metrics.watch(
        Metric.DECODE_ENERGY, () -> joules(engine.watch().perToken().decode().aboveIdle()));
    metrics.watch(Metric.ANSWER_SLOTS, () -> engine.slots().total());
    metrics.watch(Metric.ANSWER_SLOTS_FREE, () -> engine.slots().free());
  }

  private static double joules(OptionalDouble perToken) {
    return perToken.orElse(Double.NaN);
  }

  private static double headroomWatts(EnergyDecision decision) {
    return decision.headroom().map(estimate -> estimate.mean()).orElse(Double.NaN);
  }

  private static double batteryRatio(EnergyDecision decision) {
    return decision.stateOfCharge().map(percent -> percent.value() / 100).orElse(Double.NaN);
  }
}
