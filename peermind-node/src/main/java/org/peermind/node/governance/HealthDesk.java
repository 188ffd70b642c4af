// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.peermind.node.role.RefereeDesk;
import org.peermind.node.transport.PeerLink;
import org.peermind.protocol.ModelHealth;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.Up;
import org.peermind.voting.Governance;
import org.peermind.voting.HealthWatch;

/// Takes in what inferers say of a model in its stages, for the referee that writes the ledger.
public final class HealthDesk implements RefereeDesk {
  /// Of one node in this time: a window lasts 10 s at least, and there are two models at most.
  private static final int REPORTS_MAX = 16;

  private static final Duration REPORTS_OF = Duration.ofSeconds(30);

  private final NetworkName network;
  private final NetworkLedger ledger;
  private final Map<NodeId, Paced> last = new ConcurrentHashMap<>();

  private Optional<HealthWatch> watch = Optional.empty();

  private record Paced(Instant since, int reports) {}

  public HealthDesk(NetworkName network, NetworkLedger ledger) {
    this.network = network;
    this.ledger = ledger;
  }

  /// What is known so far.
  synchronized HealthWatch watch(Governance governance) {
    HealthWatch known = watch.orElseGet(() -> HealthWatch.begin(governance.rules()));
    watch = Optional.of(known);
    return known;
  }

  @Override
  public void onAttached(PeerLink link, NodeRecord record) {}

  @Override
  public void onDetached(NodeId node) {
    last.remove(node);
  }

  @Override
  public void onMessage(PeerLink link, Up message) throws ProtocolException {
    if (!message.hasModelHealth()) {
      return;
    }
    SignedEnvelope envelope = SignedEnvelope.of(message.getModelHealth());
    if (!envelope.signer().equals(link.id())) {
      throw new ProtocolException("the health of a model is signed by another node");
    }
    Instant now = ledger.now();
    if (isTooMuch(link.id(), now)) {
      return;
    }
    ModelHealth health = ModelHealth.open(envelope);
    if (!health.network().equals(network)) {
      throw new ProtocolException("the health of a model is of another network");
    }
    Optional<Governance> governance = ledger.governance();
    if (governance.isPresent() && governance.get().roll().isMember(link.id())) {
      take(governance.get(), link.id(), health, now);
    }
  }

  private boolean isTooMuch(NodeId node, Instant now) {
    Paced paced =
        last.merge(
            node,
            new Paced(now, 1),
            (before, first) ->
                now.isBefore(before.since().plus(REPORTS_OF))
                    ? new Paced(before.since(), before.reports() + 1)
                    : first);
    return paced.reports() > REPORTS_MAX;
  }

  private synchronized void take(
      Governance governance, NodeId author, ModelHealth health, Instant now) {
    watch = Optional.of(watch(governance).after(author, health, now));
  }
}
