// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Hello;
import org.peermind.protocol.wire.NetworkStatus;
import org.peermind.protocol.wire.StatusQuery;
import org.peermind.protocol.wire.Up;

/// A referee's side that admits everybody unless told otherwise, answers status queries with their
/// own number, and remembers what happened.
final class RecordingPeers implements PeerHandler {
  private final List<String> events = new ArrayList<>();
  private final Map<NodeId, PeerLink> links = new HashMap<>();
  private final Map<NodeId, List<Integer>> queries = new HashMap<>();
  private Optional<String> refusal = Optional.empty();
  private boolean failing;

  synchronized void refuseWith(String reason) {
    refusal = Optional.of(reason);
  }

  synchronized void admit() {
    refusal = Optional.empty();
  }

  synchronized void failOnMessages(boolean fail) {
    failing = fail;
  }

  @Override
  public synchronized Admission onHello(NodeId peer, Hello hello) {
    events.add("hello " + peer.shortText() + " " + hello.getProtocol());
    return refusal.isPresent()
        ? new Admission.Refused(refusal.get())
        : new Admission.Admitted(Attached.newBuilder().setReportEveryMs(1_000).build());
  }

  @Override
  public synchronized void onAttached(PeerLink link) {
    events.add("attached " + link.id().shortText());
    links.put(link.id(), link);
  }

  @Override
  public synchronized void onMessage(PeerLink link, Up message) {
    if (failing) {
      throw new IllegalStateException("a bug that the test planted");
    }
    StatusQuery query = message.getStatusQuery();
    queries.computeIfAbsent(link.id(), _ -> new ArrayList<>()).add(query.getId());
    link.send(status(query.getId()));
  }

  @Override
  public synchronized void onDetached(PeerLink link, String reason) {
    events.add("detached " + link.id().shortText() + ": " + reason);
    links.remove(link.id(), link);
  }

  synchronized List<String> events() {
    return List.copyOf(events);
  }

  synchronized List<Integer> queriesOf(NodeId peer) {
    return List.copyOf(queries.getOrDefault(peer, List.of()));
  }

  synchronized Optional<PeerLink> link(NodeId peer) {
    return Optional.ofNullable(links.get(peer));
  }

  synchronized int attached() {
    return links.size();
  }

  static Down status(int id) {
    return Down.newBuilder().setNetworkStatus(NetworkStatus.newBuilder().setId(id)).build();
  }
}
