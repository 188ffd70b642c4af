// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.util.Base64;

/// Base64 (RFC 4648 section 4) that has one form only: what does not come out the same is refused,
/// so that no bit of a text can change unseen.
final class StrictBase64 {
  private StrictBase64() {}

  static byte[] decode(String text) throws LedgerException {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (encode(bytes).equals(text)) {
        return bytes;
      }
    } catch (IllegalArgumentException malformed) {
      throw new LedgerException("\"%s\" is not base64".formatted(text), malformed);
    }
    throw new LedgerException("\"%s\" is not base64 in its plain form".formatted(text));
  }

  static String encode(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
