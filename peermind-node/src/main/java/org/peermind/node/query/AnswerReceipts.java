// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.ArrayList;
import java.util.List;
import org.peermind.protocol.SignedEnvelope;

/// What the workers of one answer signed about the energy of their parts: at most one receipt for
/// each part, and whether a part that brought something has none. A worker that was only readied
/// for a handover has no part.
final class AnswerReceipts {
  private final List<SignedEnvelope> signed = new ArrayList<>();
  private boolean partWorked;
  private boolean partSigned;
  private boolean missing;

  /// The present worker brought something.
  void worked() {
    partWorked = true;
  }

  /// Takes the present worker's receipt; only the first one counts.
  void keep(SignedEnvelope receipt) {
    if (!partSigned) {
      partSigned = true;
      signed.add(receipt);
    }
  }

  /// The present worker is left for another one.
  void nextPart() {
    missing |= partWorked && !partSigned;
    partWorked = false;
    partSigned = false;
  }

  List<SignedEnvelope> signed() {
    return List.copyOf(signed);
  }

  /// Whether every worker that brought something signed for it.
  boolean complete() {
    return !missing && (partSigned || !partWorked);
  }
}
