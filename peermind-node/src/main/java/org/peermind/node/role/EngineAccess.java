// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.util.List;
import org.peermind.inference.Embeddings;
import org.peermind.inference.EngineException;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationRequest;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ServedModel;

/// What an answer needs of the engine.
interface EngineAccess {
  /// The model that answers.
  ServedModel model();

  /// Begins an answer.
  ///
  /// @throws EngineException with the reason when the engine is not there or may not work
  Generation generate(GenerationRequest request) throws EngineException;

  /// Turns texts into vectors.
  ///
  /// @throws EngineException with the reason when the engine is not there, may not work or fails
  /// @throws IllegalArgumentException with one sentence when the engine has no vectors
  Embeddings embed(List<String> texts) throws EngineException, InterruptedException;

  /// Begins to count what an answer costs.
  GreenReceipts.Open receipt(Id16 session);
}
