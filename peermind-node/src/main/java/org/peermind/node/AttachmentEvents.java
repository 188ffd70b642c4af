// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.time.Duration;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.protocol.NodeId;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NetworkEvent;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Reason;

/// Tells of the attachment to the referee; a failure that repeats itself is told once.
final class AttachmentEvents implements RefereeAttachment.AttachmentWatch {
  private final EventLog events;
  private String lastReason = "";

  AttachmentEvents(EventLog events) {
    this.events = events;
  }

  @Override
  public synchronized void attached(NodeId referee, Duration took) {
    lastReason = "";
    events.record(new NetworkEvent.Attached(referee, took));
  }

  @Override
  public synchronized void detached(NodeId referee, String reason) {
    failedTry(referee, reason);
  }

  @Override
  public synchronized void failedTry(NodeId referee, String reason) {
    if (!reason.equals(lastReason)) {
      lastReason = reason;
      events.record(new NetworkEvent.Detached(referee, Duration.ofSeconds(1), Reason.of(reason)));
    }
  }

  @Override
  public void clockSkewed(NodeId referee, Duration ahead) {
    events.record(new NodeEvent.ClockSkewed(referee, ahead));
  }
}
