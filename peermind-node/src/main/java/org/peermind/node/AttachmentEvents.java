// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.LearnedReferees;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.node.config.NodeHome;
import org.peermind.node.role.RefereeSet;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NetworkEvent;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Reason;
import org.peermind.telemetry.Word;

/// Tells of the streams to the referees and keeps what they name; a failure that repeats itself is
/// told once.
final class AttachmentEvents implements RefereeSet.Watch {
  private static final Word MEMORY = new Word("learned-referees");

  private final EventLog events;
  private final NodeHome home;
  private final NetworkName network;

  /// By referee, as many as the node may know.
  private final Map<NodeId, String> lastReasons = new HashMap<>();

  AttachmentEvents(EventLog events, NodeHome home, NetworkName network) {
    this.events = events;
    this.home = home;
    this.network = network;
  }

  @Override
  public synchronized void attached(NodeId referee, Duration took) {
    lastReasons.remove(referee);
    events.record(new NetworkEvent.Attached(referee, took));
  }

  @Override
  public synchronized void detached(NodeId referee, String reason) {
    failedTry(referee, reason);
  }

  @Override
  public synchronized void failedTry(NodeId referee, String reason) {
    if (!reason.equals(lastReasons.put(referee, reason))) {
      events.record(new NetworkEvent.Detached(referee, Duration.ofSeconds(1), Reason.of(reason)));
    }
  }

  @Override
  public void homeMoved(Optional<NodeId> from, Optional<NodeId> to) {
    to.ifPresent(referee -> events.record(new NetworkEvent.HomeMoved(from, referee)));
  }

  @Override
  public void learned(List<KnownReferee> all) {
    try {
      LearnedReferees.write(home, network, all);
    } catch (ConfigException unwritable) {
      events.record(NodeEvent.UnexpectedFailure.of(MEMORY, unwritable));
    }
  }

  @Override
  public void clockSkewed(NodeId referee, Duration ahead) {
    events.record(new NodeEvent.ClockSkewed(referee, ahead));
  }
}
