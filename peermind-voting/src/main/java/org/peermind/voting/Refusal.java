// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.Optional;
import org.peermind.protocol.governance.Misbehaviour;

/// Why a record does not belong into the ledger: one sentence for its author. Thrown inside this
/// package only; [Governance#after] returns it as a value.
///
/// Where the record contradicts an earlier one of its author, the two together are the proof.
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final String sentence;
  private final transient Optional<Misbehaviour> proof;

  Refusal(String sentence) {
    this(sentence, Optional.empty());
  }

  Refusal(String sentence, Optional<Misbehaviour> proof) {
    super(sentence, null, false, false);
    this.sentence = sentence;
    this.proof = proof;
  }

  String sentence() {
    return sentence;
  }

  Optional<Misbehaviour> proof() {
    return proof;
  }

  static void unless(boolean holds, String sentence) throws Refusal {
    if (!holds) {
      throw new Refusal(sentence);
    }
  }
}
