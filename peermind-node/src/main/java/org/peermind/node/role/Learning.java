// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Envelope;

/// Learns other referees from what an attached one says in its greeting: each by its own signed
/// record, with the address that it gives itself. A record that cannot be used is passed over.
final class Learning implements RefereeAttachment.Part {
  /// Records that are looked at in one greeting.
  private static final int RECORDS_MAX = KnownReferees.REFEREES_MAX;

  private final NetworkName network;
  private final InstantSource clock;
  private final Consumer<List<KnownReferee>> learned;

  Learning(NetworkName network, InstantSource clock, Consumer<List<KnownReferee>> learned) {
    this.network = network;
    this.clock = clock;
    this.learned = learned;
  }

  @Override
  public void onAttached(Attached answer) {
    List<KnownReferee> named = new ArrayList<>();
    answer.getRefereesList().stream()
        .limit(RECORDS_MAX)
        .forEach(wire -> referee(wire, clock.instant()).ifPresent(named::add));
    if (!named.isEmpty()) {
      learned.accept(named);
    }
  }

  private Optional<KnownReferee> referee(Envelope wire, Instant now) {
    try {
      NodeRecord record = NodeRecord.open(SignedEnvelope.of(wire), now);
      if (!record.network().equals(network)
          || !record.roles().contains(Role.REFEREE)
          || record.addresses().isEmpty()) {
        return Optional.empty();
      }
      HostPort address = HostPort.parse("the record's address", record.addresses().getFirst());
      return address.isReachable()
          ? Optional.of(new KnownReferee(record.node(), address))
          : Optional.empty();
    } catch (ProtocolException | ConfigException unusable) {
      return Optional.empty();
    }
  }

  @Override
  public boolean onMessage(Down message) {
    return false;
  }

  @Override
  public void onDetached() {}
}
