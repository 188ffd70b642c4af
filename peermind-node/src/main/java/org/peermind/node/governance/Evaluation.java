// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.nio.file.Path;
import java.time.Duration;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Figures;

/// Measures a candidate beside the model in use, on this machine, on renewable power.
public interface Evaluation {
  /// What is to be measured.
  ///
  /// @param itemSeed which items are asked
  /// @param within how long all of it may take; the number of items and the windows follow from it
  /// @param turn of this node among `turns` voters, so that not all measure speed at one time
  record Task(
      Path incumbentFile,
      ModelHash incumbent,
      Path candidateFile,
      ModelHash candidate,
      Digest itemSeed,
      String suite,
      int items,
      Duration within,
      int turn,
      int turns) {}

  /// What was measured.
  ///
  /// @param tokensRoot digest over the token ids of all scored answers
  /// @param deviceMib memory that this machine has for a model
  record Measured(
      Figures incumbent, Figures candidate, Digest tokensRoot, long deviceMib, int items) {}

  /// How far it is, for people.
  ///
  /// @param fraction 0 to 1
  record Progress(String step, double fraction) {}

  /// Says how it goes.
  interface Listener {
    void at(Progress progress);
  }

  /// Blocks until it is measured; waits while power is missing.
  ///
  /// @throws EvaluationFailed with one sentence when it cannot be measured here or in time
  Measured measure(Task task, Listener listener) throws EvaluationFailed, InterruptedException;

  /// Why a candidate could not be measured.
  final class EvaluationFailed extends Exception {
    private static final long serialVersionUID = 1L;

    public EvaluationFailed(String sentence) {
      super(sentence);
    }
  }
}
