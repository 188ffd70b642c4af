// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.Optional;
import org.peermind.inference.GenerationRequest.Priority;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.protocol.Id16;

/// Work on given tokens that has one result at its end. A piece of it is computed between two ticks
/// of the answers, in a slot of its own.
sealed interface Job extends Tenant permits EmbeddingJob, ScoreJob {
  /// Computes a piece.
  ///
  /// @param tokensMax how many tokens a piece has at most
  /// @param spare slots that nobody has, to be left empty again
  LlamaModel.Decoded step(LlamaModel model, int tokensMax, int[] spare);

  /// Whether all is computed.
  boolean done();

  /// Whether the model gave what is no number, which a sound model never does.
  boolean isSpoilt();

  /// The result, when it is [#done].
  LinkMessage.FromChild result();

  /// The owner does not wait for it.
  @Override
  default Priority priority() {
    return Priority.BORROWED;
  }

  @Override
  default Optional<Id16> conversation() {
    return Optional.empty();
  }
}
