// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import java.util.Optional;

/// Why a message does not belong into a round.
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Optional<Contradiction> proof;

  Refusal(String sentence, Optional<Contradiction> proof) {
    super(sentence, null, false, false);
    this.proof = proof;
  }

  static void unless(boolean holds, String sentence) throws Refusal {
    if (!holds) {
      throw new Refusal(sentence, Optional.empty());
    }
  }

  String sentence() {
    return String.valueOf(getMessage());
  }

  Optional<Contradiction> proof() {
    return proof;
  }
}
