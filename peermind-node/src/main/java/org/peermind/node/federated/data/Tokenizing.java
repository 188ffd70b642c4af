// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.io.IOException;
import java.util.List;

/// Turns texts into a model's tokens; the engine does it.
@FunctionalInterface
public interface Tokenizing {
  /// The tokens of a text, without one that begins a prompt.
  ///
  /// @param text at most 2^20 bytes of UTF-8
  /// @param special whether control tokens that the text spells become such
  /// @throws IOException with one sentence, which must not quote the text, when it cannot
  List<Integer> tokens(String text, boolean special) throws IOException, InterruptedException;
}
