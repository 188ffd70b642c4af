// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.nio.file.Path;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.governance.Digest;

/// Tries an adopted model on this machine before the node says that it is ready to serve it.
public interface CanaryRun {
  /// What came of it.
  ///
  /// @param right of the `asked` questions
  record Outcome(int asked, int right) {}

  /// Blocks until the questions are asked; waits while power is missing.
  ///
  /// @param seed which questions
  /// @throws Evaluation.EvaluationFailed with one sentence when the model cannot be run here
  Outcome run(Path file, ServedModel model, Digest seed, String suite, int count)
      throws Evaluation.EvaluationFailed, InterruptedException;
}
