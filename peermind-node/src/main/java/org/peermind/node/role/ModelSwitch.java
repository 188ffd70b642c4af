// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.util.Optional;
import org.peermind.protocol.ServedModel;

/// The node's engine as far as it changes its model. Answers that run end on the model that they
/// began with; new ones begin on the new model once it is loaded.
public interface ModelSwitch {
  /// The model that new answers begin on, or would with power.
  ServedModel serving();

  /// Serves this model from now on. Returns at once: the former one goes on until the new one can
  /// answer, and stays when the new one cannot be loaded. Remembered over restarts.
  void serve(ServedFiles files, ServedModel model);

  /// The last reason why a model could not be served; empty when there is none.
  Optional<String> lastFailure();
}
