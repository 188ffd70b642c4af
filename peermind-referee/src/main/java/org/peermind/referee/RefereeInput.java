// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.Role;

/// Something that a referee's core is told. Signatures are verified before an input is made.
public sealed interface RefereeInput {

  /// A node became routable (its `AttachedAck` came). Attaching anew replaces the former stream:
  /// what ran over that one is over.
  ///
  /// @param clockSkew the node's clock minus the referee's, as its `Hello` showed; positive when
  ///   the node's clock is ahead
  record PeerAttached(NodeId node, Set<Role> roles, PlaceCell cell, Duration clockSkew)
      implements RefereeInput {
    public PeerAttached {
      roles = Set.copyOf(roles);
    }
  }

  /// A node's stream closed.
  record PeerDetached(NodeId node) implements RefereeInput {}

  /// An attached inferer reported its power.
  ///
  /// @param sha256Hex of this report's payload, which the next report must name as its previous one
  record ReportReceived(NodeId node, HeadroomReport report, String sha256Hex)
      implements RefereeInput {}

  /// A user asks for an inferer.
  ///
  /// @param request chosen by the user; answered once
  /// @param model name, or SHA-256 in hexadecimal
  /// @param promptBytes length of the prompt rounded up to its size class
  /// @param tokensMax tokens that the answer may have
  /// @param deadline how long the user waits for an inferer; zero when it did not say
  /// @param cell the user's place, or that of its region
  /// @param excluded inferers that just failed the user
  /// @param job of the answer to be continued; empty for a new answer
  record AssignRequested(
      Id16 request,
      NodeId user,
      String model,
      int promptBytes,
      int tokensMax,
      Duration deadline,
      PlaceCell cell,
      Set<NodeId> excluded,
      Optional<Id16> job,
      FreshIds fresh)
      implements RefereeInput {
    public AssignRequested {
      excluded = Set.copyOf(excluded);
    }
  }

  /// An inferer answered an offer.
  record OfferAnswered(Id16 offer, NodeId inferer, OfferAnswer answer) implements RefereeInput {}

  /// One side of a session said that it is over.
  record SessionEnded(Id16 session, NodeId by) implements RefereeInput {}

  /// Time went by. Expected about once a second; time-outs fire on it.
  record Tick() implements RefereeInput {}

  /// What an inferer said to an offer.
  sealed interface OfferAnswer {
    /// @param nonce what the inferer drew; makes the ticket single-use
    record Accepted(Id16 nonce) implements OfferAnswer {}

    /// @param reason one sentence
    record Declined(String reason) implements OfferAnswer {}
  }
}
