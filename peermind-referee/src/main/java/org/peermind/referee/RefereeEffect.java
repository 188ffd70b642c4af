// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;

/// Something that the shell does for a referee's core, in the order given.
public sealed interface RefereeEffect {

  /// Ask an inferer whether it takes an answer; its reply counts until `expires`.
  record SendOffer(
      NodeId inferer, Id16 offer, ModelHash model, int promptBytes, int tokensMax, Instant expires)
      implements RefereeEffect {}

  /// Tell an inferer that an offer no longer stands, so that it frees what it reserved.
  record WithdrawOffer(NodeId inferer, Id16 offer) implements RefereeEffect {}

  /// Sign a [org.peermind.protocol.Ticket] with these fields, then send `Granted` to the inferer
  /// and after it `Assigned` to the user.
  ///
  /// @param model by its hash, whatever the user called it
  /// @param seed of the sampling; the same for all tickets of a job
  /// @param lease of the user's slot, to be signed as a [org.peermind.protocol.UserLease]; empty
  ///   when the user has none: it continues an answer, or the slot's inferer has gone since the
  ///   offer
  record Assign(
      Id16 request,
      NodeId user,
      NodeId inferer,
      Id16 ticket,
      Id16 session,
      Id16 job,
      Id16 nonce,
      ModelHash model,
      int tokensMax,
      long seed,
      Instant issued,
      Instant expires,
      Optional<RefereeInput.Lease> lease)
      implements RefereeEffect {}

  /// Tell a user that its request waits for a slot: when it begins to wait, and when its place has
  /// changed, at most once a second.
  ///
  /// @param position among the waiting requests for the same model; 1 is next
  /// @param expectedWait from the durations of recent answers and the slots of the model
  record Queued(Id16 request, NodeId user, int position, Duration expectedWait)
      implements RefereeEffect {}

  /// Tell a user that no inferer was found.
  ///
  /// @param sentence why, for a person
  /// @param retryAfterSeconds when to try again, 5..600; 0 when trying again does not help
  record Refuse(Id16 request, NodeId user, RefusalCode code, String sentence, int retryAfterSeconds)
      implements RefereeEffect {}

  /// From now on relay the frames of this session between the two; comes before the [Assign].
  record SessionOpened(Id16 session, NodeId user, NodeId inferer) implements RefereeEffect {}

  /// Relay no more frames of this session.
  record SessionClosed(Id16 session, NodeId user, NodeId inferer) implements RefereeEffect {}

  /// Tell a node that the other side of a session is gone or has ended it.
  record PeerGone(Id16 session, NodeId to) implements RefereeEffect {}

  /// A report was not taken; the shell logs it and closes the node's stream, so that the node
  /// attaches anew with a fresh chain.
  record ReportRefused(NodeId node, String reason) implements RefereeEffect {}
}
