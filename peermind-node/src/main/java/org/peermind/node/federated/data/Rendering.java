// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.util.List;
import java.util.Optional;

/// Writes conversations as a model's chat template does; see [ModelText].
@FunctionalInterface
public interface Rendering {
  /// The text of a conversation with its control tokens spelled out, or nothing when the template
  /// refuses it.
  ///
  /// @param answerNext whether the text ends where the assistant's next message begins
  Optional<String> text(List<Turn> turns, boolean answerNext);
}
