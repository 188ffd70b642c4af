// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.util.HashMap;
import java.util.Map;
import org.peermind.node.transport.PeerHandler;
import org.peermind.node.transport.PeerListener;
import org.peermind.node.transport.RefereeHandler;
import org.peermind.node.transport.RefereeLink;
import org.peermind.node.transport.Transport;
import org.peermind.protocol.NodeId;

/// Several played referees, each dialled by its identity.
final class PlayedReferees implements Transport {
  private final Map<NodeId, PlayedReferee> referees = new HashMap<>();

  PlayedReferee add(NodeId referee) {
    PlayedReferee played = new PlayedReferee(Parts.START.toEpochMilli());
    referees.put(referee, played);
    return played;
  }

  @Override
  public RefereeLink attach(String host, int port, NodeId referee, RefereeHandler handler) {
    PlayedReferee played = referees.get(referee);
    if (played == null) {
      throw new AssertionError("nobody plays " + referee);
    }
    return played.attach(host, port, referee, handler);
  }

  @Override
  public PeerListener listen(String host, int port, PeerHandler peers) {
    throw new UnsupportedOperationException("a played referee does not listen");
  }

  @Override
  public void close() {
    referees.values().forEach(PlayedReferee::close);
  }
}
