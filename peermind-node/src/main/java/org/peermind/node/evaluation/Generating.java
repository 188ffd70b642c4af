// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import org.peermind.inference.EngineException;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationRequest;

/// Begins answers: what a loaded model and the node's engine have in common.
@FunctionalInterface
public interface Generating {
  /// Begins an answer.
  ///
  /// @throws EngineException with the reason when the engine takes no question
  Generation generate(GenerationRequest request) throws EngineException;
}
