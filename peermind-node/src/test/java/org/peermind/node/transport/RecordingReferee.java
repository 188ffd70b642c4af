// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.util.ArrayList;
import java.util.List;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Hello;
import org.peermind.protocol.wire.StatusQuery;
import org.peermind.protocol.wire.Up;

/// A node's side that remembers what happened.
final class RecordingReferee implements RefereeHandler {
  private final List<String> events = new ArrayList<>();
  private final List<Integer> statuses = new ArrayList<>();
  private int hellos;

  @Override
  public synchronized Hello hello() {
    hellos++;
    return Hello.newBuilder().setProtocol(hellos).build();
  }

  @Override
  public synchronized void onAttached(Attached answer) {
    events.add("attached " + answer.getReportEveryMs());
  }

  @Override
  public synchronized void onMessage(Down message) {
    statuses.add(message.getNetworkStatus().getId());
  }

  @Override
  public synchronized void onDetached(String reason) {
    events.add("detached: " + reason);
  }

  @Override
  public synchronized void onFailedTry(String reason) {
    events.add("failed: " + reason);
  }

  synchronized List<String> events() {
    return List.copyOf(events);
  }

  synchronized List<Integer> statuses() {
    return List.copyOf(statuses);
  }

  synchronized long count(String prefix) {
    return events.stream().filter(event -> event.startsWith(prefix)).count();
  }

  static Up query(int id) {
    return Up.newBuilder().setStatusQuery(StatusQuery.newBuilder().setId(id)).build();
  }
}
