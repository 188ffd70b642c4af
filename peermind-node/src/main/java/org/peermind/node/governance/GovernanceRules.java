// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.ledger.LedgerEntry;
import org.peermind.ledger.LedgerRules;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.Misbehaviour;
import org.peermind.voting.Governance;
import org.peermind.voting.Witnessed;

/// Lets into a ledger what the votes' rules allow, and keeps what holds after its last entry. One
/// thread writes; any reads [#governance].
final class GovernanceRules implements LedgerRules {
  private static final int PROOFS_MAX = 256;

  private final NetworkName network;
  private final NodeId writer;
  private final List<Misbehaviour> proofs = new ArrayList<>();
  private volatile @Nullable Governance current;

  /// What would hold after the entry that was allowed last and is not accepted yet.
  private @Nullable Allowed allowed;

  private record Allowed(LedgerEntry entry, Governance after) {}

  /// @param writer whose ledger it is: the author of its first record
  GovernanceRules(NetworkName network, NodeId writer) {
    this.network = network;
    this.writer = writer;
  }

  Optional<Governance> governance() {
    return Optional.ofNullable(current);
  }

  @Override
  public Optional<String> refusal(LedgerEntry next, List<LedgerEntry> ahead) {
    Governance.Outcome outcome = after(next, ahead);
    return switch (outcome) {
      case Governance.Outcome.Accepted(Governance after) -> {
        allowed = new Allowed(next, after);
        yield Optional.empty();
      }
      case Governance.Outcome.Refused(String sentence, Optional<Misbehaviour> proof) -> {
        proof.filter(_ -> proofs.size() < PROOFS_MAX).ifPresent(proofs::add);
        yield Optional.of(sentence);
      }
    };
  }

  private Governance.Outcome after(LedgerEntry next, List<LedgerEntry> ahead) {
    Governance before = ahead.isEmpty() ? current : afterAhead(ahead.getLast());
    if (before != null) {
      return before.after(witnessed(next));
    }
    if (!isOfThisNetwork(next)) {
      return new Governance.Outcome.Refused(
          "A ledger begins with the first record of its network, by its writer.", Optional.empty());
    }
    return Governance.begin(witnessed(next));
  }

  private @Nullable Governance afterAhead(LedgerEntry last) {
    Allowed known = allowed;
    if (known == null || known.entry().index() != last.index()) {
      throw new IllegalStateException("Entries are judged in order");
    }
    return known.after();
  }

  private boolean isOfThisNetwork(LedgerEntry first) {
    try {
      return first.record().signer().equals(writer)
          && Genesis.open(first.record()).network().equals(network);
    } catch (ProtocolException _) {
      return false;
    }
  }

  private static Witnessed witnessed(LedgerEntry entry) {
    return new Witnessed(entry.index(), entry.witnessedAt(), entry.record());
  }

  @Override
  public void accepted(LedgerEntry entry) {
    Allowed known = allowed;
    if (known != null && known.entry().equals(entry)) {
      current = known.after();
    } else if (after(entry, List.of()) instanceof Governance.Outcome.Accepted(Governance after)) {
      current = after;
    } else {
      throw new IllegalStateException("An entry that the rules refuse is in the ledger");
    }
  }

  /// Proofs of misbehaviour among what was refused since the last call.
  List<Misbehaviour> takeProofs() {
    List<Misbehaviour> taken = List.copyOf(proofs);
    proofs.clear();
    return taken;
  }
}
