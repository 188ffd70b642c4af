// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.ArrayList;
import java.util.List;
import org.peermind.protocol.GreenReceipt;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;

/// What the workers of one answer signed about the energy of their parts: at most one receipt for
/// each part, and whether a part that brought something has none that covers it. A worker that
/// wants to be left signs again as its part grows, and the last receipt counts. A worker that was
/// only readied for a handover has no part.
final class AnswerReceipts {
  private final List<SignedEnvelope> signed = new ArrayList<>();
  private boolean partWorked;
  private boolean partSigned;
  private long partTokens;
  private long coveredTokens;
  private boolean missing;

  /// The present worker brought so many tokens, or only the end.
  void worked(int tokens) {
    partWorked = true;
    partTokens += tokens;
  }

  /// Takes the present worker's receipt in place of an earlier one.
  void keep(SignedEnvelope receipt) {
    try {
      coveredTokens = GreenReceipt.open(receipt, receipt.signer()).completionTokens();
    } catch (ProtocolException unusable) {
      return;
    }
    if (partSigned) {
      signed.removeLast();
    }
    partSigned = true;
    signed.add(receipt);
  }

  /// The present worker is left for another one.
  void nextPart() {
    missing |= !isPartSigned();
    partWorked = false;
    partSigned = false;
    partTokens = 0;
    coveredTokens = 0;
  }

  List<SignedEnvelope> signed() {
    return List.copyOf(signed);
  }

  /// Whether every worker that brought something signed for all of it.
  boolean complete() {
    return !missing && isPartSigned();
  }

  private boolean isPartSigned() {
    return !partWorked || (partSigned && coveredTokens >= partTokens);
  }
}
