// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
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
  /// @param trust how much of it the shell's judge of energy reports lets count
  record ReportReceived(NodeId node, HeadroomReport report, String sha256Hex, ReportTrust trust)
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
  /// @param resumes whether tokens of the answer were delivered, so that it has to be continued
  /// @param preferred the inferer that served the conversation last and may still hold its prefix
  /// @param mayQueue whether the user waits in the queue, until its deadline, when no slot is free
  /// @param lease of a user slot that the user showed, verified by the shell
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
      boolean resumes,
      Optional<NodeId> preferred,
      boolean mayQueue,
      Optional<Lease> lease,
      FreshIds fresh)
      implements RefereeInput {
    public AssignRequested {
      excluded = Set.copyOf(excluded);
    }
  }

  /// A user no longer waits for its request.
  record RequestCancelled(Id16 request, NodeId user) implements RefereeInput {}

  /// An inferer answered an offer.
  record OfferAnswered(Id16 offer, NodeId inferer, OfferAnswer answer) implements RefereeInput {}

  /// One side of a session said that it is over. The inferer may say it after the user did.
  ///
  /// @param tokens that the inferer generated in this session; counts when the inferer says it
  record SessionEnded(Id16 session, NodeId by, OptionalInt tokens) implements RefereeInput {}

  /// An inferer is going to end a session and wants another inferer to go on with its answer
  /// (design section 6, step 6). The session runs until the next one has taken over.
  record Yielding(Id16 session, NodeId by) implements RefereeInput {}

  /// The network's ledger says that its model changed, or the share of one in its stages.
  record NetworkModelChanged(NetworkModel model) implements RefereeInput {}

  /// Time went by. Expected about once a second; time-outs fire on it.
  record Tick() implements RefereeInput {}

  /// A user slot that some referee of the network gave to the asking user.
  ///
  /// @param inferer whose slot it is
  /// @param until after which the lease is worthless
  record Lease(NodeId inferer, Instant until) {}

  /// What an inferer said to an offer.
  sealed interface OfferAnswer {
    /// @param nonce what the inferer drew; makes the ticket single-use
    record Accepted(Id16 nonce) implements OfferAnswer {}

    /// @param reason one sentence
    record Declined(String reason) implements OfferAnswer {}
  }
}
