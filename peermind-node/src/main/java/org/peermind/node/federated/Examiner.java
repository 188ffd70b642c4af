// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.peermind.federated.round.Round;

/// Tries an update on the gate's items before anybody uses it.
@FunctionalInterface
public interface Examiner {
  /// What it found.
  ///
  /// @param parentLossMicro mean loss without the update, in millionths;
  ///   [org.peermind.protocol.federated.RoundEvaluation#NO_LOSS] when it is no number
  /// @param lossMicro with it
  /// @param reasons why it does not pass, in sentences; empty when it does
  record Finding(int items, long parentLossMicro, long lossMicro, List<String> reasons) {
    public Finding {
      reasons = List.copyOf(reasons);
    }
  }

  /// @param items as the gate has them
  /// @param parent the adapter in use; empty for the bare model
  /// @param adapter the one that the round made
  /// @throws IOException in a sentence when it cannot be tried here
  Finding examine(Round round, ByteString items, Optional<ByteString> parent, ByteString adapter)
      throws IOException, InterruptedException;
}
