// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.peermind.node.transport.PeerLink;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Frame;
import org.peermind.protocol.wire.NoRoute;
import org.peermind.protocol.wire.PeerGone;
import org.peermind.telemetry.Event;
import org.peermind.telemetry.NetworkEvent;
import org.peermind.telemetry.Reason;

/// Passes sealed frames between the two sides of a session, on the network threads that bring them.
/// It sees sessions, sizes and times, and ciphertext.
final class Relay {
  private static final Reason ENDED = Reason.of("the session is over");

  private final Map<Id16, Session> sessions = new ConcurrentHashMap<>();
  private final Map<NodeId, PeerLink> links;

  private record Session(NodeId user, NodeId inferer, LongAdder frames, LongAdder bytes) {
    @Nullable NodeId otherThan(NodeId side) {
      if (side.equals(user)) {
        return inferer;
      }
      return side.equals(inferer) ? user : null;
    }
  }

  /// @param links the attached nodes, kept by the referee's role
  Relay(Map<NodeId, PeerLink> links) {
    this.links = links;
  }

  void open(Id16 session, NodeId user, NodeId inferer) {
    sessions.put(session, new Session(user, inferer, new LongAdder(), new LongAdder()));
  }

  /// Forgets a session; the event says what went through it.
  Optional<Event> close(Id16 id) {
    Session session = sessions.remove(id);
    return session == null
        ? Optional.empty()
        : Optional.of(
            new NetworkEvent.SessionEnded(
                id, session.frames().sum(), session.bytes().sum(), ENDED));
  }

  /// Passes a frame on; a sender whose session does not exist is told so.
  ///
  /// @return the session to be ended because its receiver does not read
  Optional<Id16> pass(PeerLink from, Frame frame) throws ProtocolException {
    Id16 id = Id16.ofBytes(frame.getSession().toByteArray());
    Session session = sessions.get(id);
    NodeId receiver = session == null ? null : session.otherThan(from.id());
    PeerLink link = receiver == null ? null : links.get(receiver);
    if (link == null) {
      from.send(
          Down.newBuilder()
              .setNoRoute(NoRoute.newBuilder().setSession(frame.getSession()))
              .build());
      return Optional.empty();
    }
    if (session != null) {
      session.frames().increment();
      session.bytes().add(frame.getSealed().size());
    }
    return link.send(Down.newBuilder().setFrame(frame).build())
        ? Optional.empty()
        : Optional.of(id);
  }

  /// Tells one side of a session that the other one is gone.
  void tellGone(Id16 session, NodeId to) {
    PeerLink link = links.get(to);
    if (link != null) {
      link.send(
          Down.newBuilder()
              .setPeerGone(PeerGone.newBuilder().setSession(ByteString.copyFrom(session.toBytes())))
              .build());
    }
  }
}
