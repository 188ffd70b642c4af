// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.List;
import org.peermind.inference.Embeddings;
import org.peermind.protocol.ServedModel;

/// Where answers come from.
public interface Answers {
  /// Starts an answer and returns once somebody works on it.
  ///
  /// @param watch told while the question waits for that, and again when the answer has to be
  ///   continued and waits
  /// @throws QueryRefused when nobody will, with the reason
  /// @throws InterruptedException when the asking thread is interrupted
  Answer ask(Query query, QueueWatch watch) throws QueryRefused, InterruptedException;

  /// Starts an answer whose wait nobody watches.
  default Answer ask(Query query) throws QueryRefused, InterruptedException {
    return ask(query, QueueWatch.NONE);
  }

  /// The vectors of the query's texts.
  ///
  /// @throws QueryRefused when nobody makes them, with the reason
  /// @throws InterruptedException when the asking thread is interrupted
  Embeddings embed(Query query) throws QueryRefused, InterruptedException;

  /// The models that can be asked for, whether or not somebody has power for them now.
  ///
  /// @throws QueryRefused when nobody can tell
  List<ServedModel> models() throws QueryRefused, InterruptedException;
}
