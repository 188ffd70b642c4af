// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.List;
import org.peermind.protocol.ServedModel;

/// Where answers come from.
public interface Answers {
  /// Starts an answer and returns once somebody works on it.
  ///
  /// @throws QueryRefused when nobody will, with the reason
  /// @throws InterruptedException when the asking thread is interrupted
  Answer ask(Query query) throws QueryRefused, InterruptedException;

  /// The models that can be asked for, whether or not somebody has power for them now.
  ///
  /// @throws QueryRefused when nobody can tell
  List<ServedModel> models() throws QueryRefused, InterruptedException;
}
