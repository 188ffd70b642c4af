// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

/// The sending half of one Attach stream, whatever carries it. All calls but [#requestOne] and
/// [#abort] come one after another.
interface ByteStream {
  /// Whether a message can be written without piling up in memory; [StreamReceiver#onReady] tells
  /// when that becomes true again.
  boolean isReady();

  void write(byte[] message);

  /// Lets one more message in; none arrives unasked.
  void requestOne();

  /// Ends the stream after what was written.
  ///
  /// @param reason one sentence that the other side may read
  void close(String reason);

  /// Ends the stream at once, together with whatever still waits for a reader.
  void abort();
}
