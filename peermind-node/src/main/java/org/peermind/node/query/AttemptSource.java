// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.List;
import org.peermind.protocol.ServedModel;

/// Somebody who works on answers: the own engine, or the network's inferers.
public interface AttemptSource {
  /// Starts an answer or goes on with one.
  ///
  /// @param watch told while the question waits for a place
  /// @throws QueryRefused when this source will not, with the reason
  Attempt start(AnswerSoFar soFar, QueueWatch watch) throws QueryRefused, InterruptedException;

  /// The models that this source knows.
  List<ServedModel> models() throws QueryRefused, InterruptedException;
}
