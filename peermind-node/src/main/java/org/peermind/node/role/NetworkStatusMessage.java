// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.Role;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.NetworkStatus;
import org.peermind.protocol.wire.NodeStatus;
import org.peermind.referee.NetworkSnapshot;

/// A referee's view of the network as the message that answers a status query. It is cut to what
/// one message can hold.
final class NetworkStatusMessage {
  private static final int NODES_MAX = 120;
  private static final int REASON_CHARACTERS_MAX = 160;

  private NetworkStatusMessage() {}

  static Down of(int id, NetworkSnapshot snapshot) {
    NetworkStatus.Builder status =
        NetworkStatus.newBuilder()
            .setId(id)
            .setAnswersAssigned(snapshot.answersAssigned())
            .setAnswersRefused(snapshot.answersRefused())
            .setSessions(snapshot.sessions())
            .setUsersAdmitted(snapshot.usersAdmitted())
            .setUserSlots(snapshot.userSlots())
            .setRequestsQueued(snapshot.requestsQueued());
    snapshot.nodes().stream()
        .limit(NODES_MAX)
        .map(NetworkStatusMessage::row)
        .forEach(status::addNodes);
    return Down.newBuilder().setNetworkStatus(status).build();
  }

  private static NodeStatus row(NetworkSnapshot.NodeRow row) {
    String reason = row.reason();
    NodeStatus.Builder status =
        NodeStatus.newBuilder()
            .setNode(ByteString.copyFrom(row.node().toBytes()))
            .setPlaceCell(row.cell().geohash())
            .setPresence(row.presence().name())
            .setReason(reason.substring(0, Math.min(reason.length(), REASON_CHARACTERS_MAX)))
            .setSlots(row.slots())
            .setSlotsFree(row.slotsFree())
            .setSimulated(row.simulated())
            .setDeclared(row.declared())
            .setUnverified(row.unverified())
            .setTrustLevel(row.trustLevel());
    row.roles().stream().sorted().map(Role::code).forEach(status::addRoles);
    row.models().stream().map(ServedModel::encode).forEach(status::addModels);
    row.activation().map(HeadroomReport::encode).ifPresent(status::setActivation);
    row.headroom().ifPresent(watts -> status.setHeadroomWatts(watts.value()));
    row.batteryPercent().ifPresent(status::setBatteryPercent);
    row.reportAge()
        .ifPresent(age -> status.setReportAgeMs((int) Math.min(age.toMillis(), Integer.MAX_VALUE)));
    row.nextPower().ifPresent(at -> status.setNextPowerMs(at.toEpochMilli()));
    row.home().ifPresent(home -> status.setHome(ByteString.copyFrom(home.toBytes())));
    return status.build();
  }
}
