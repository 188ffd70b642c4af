// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.nio.ByteBuffer;
import org.peermind.protocol.governance.Digest;

/// A share of all questions, drawn by their ids, so that everybody draws the same ones.
///
/// @param salt such as the proposal whose model the questions go to
/// @param permille thousandths, 0 to 1,000
public record TrafficShare(Digest salt, int permille) {
  private static final int ALL = 1_000;

  public TrafficShare {
    if (permille < 0 || permille > ALL) {
      throw new IllegalArgumentException("a share is 0 to 1,000 thousandths");
    }
  }

  /// Whether a question is one of them: the first 32 bits of `SHA-256(salt || request)` modulo
  /// 1,000 are below the share.
  public boolean takes(Id16 request) {
    byte[] drawn = Digest.over(salt.toBytes(), request.toBytes()).toBytes();
    return Integer.toUnsignedLong(ByteBuffer.wrap(drawn).getInt()) % ALL < permille;
  }
}
