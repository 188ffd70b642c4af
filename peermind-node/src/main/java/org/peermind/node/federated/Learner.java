// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.peermind.federated.round.Round;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.UpdateCommit;
import org.peermind.protocol.governance.Digest;

/// Trains on this node's own data, on surplus power alone.
public interface Learner {
  /// Whether this node takes part in a round.
  sealed interface Readiness {
    /// It does.
    ///
    /// @param weight of its update, 1, 2 or 4
    /// @param training how long it expects to need
    record Ready(Enrolment.Method method, int weight, Duration training) implements Readiness {}

    /// It does not.
    ///
    /// @param reason for its owner, in a sentence
    record Unready(String reason) implements Readiness {}
  }

  /// What came of training.
  ///
  /// @param update bytes of the change, clipped and in whole numbers
  record Learnt(ByteString update, UpdateCommit.Training training) {}

  Readiness readiness(RoundDescriptor descriptor);

  /// Trains; returns when all steps are done. Waits while there is no surplus power, and goes on
  /// after a restart where it was. Called on a thread of its own.
  ///
  /// @param parentState bytes of the outer state that the round begins with; empty for a model's
  ///   first round
  /// @throws IOException in a sentence when it cannot train
  Learnt learn(Round round, Optional<byte[]> parentState) throws IOException, InterruptedException;

  /// Deletes what training in a round left on the disk; called when the node is bound to its
  /// update, and again and again when the round is over for it.
  default void forget(Digest round) throws IOException {}

  /// What it does or waits for, in a sentence, while it learns.
  default Optional<String> doing() {
    return Optional.empty();
  }
}
