// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

/// The receiving half of one Attach stream. Calls come one after another, but for [#onReady].
interface StreamReceiver {
  void onMessage(byte[] message);

  void onReady();

  /// The stream is gone; called exactly once, and last.
  ///
  /// @param reason one sentence that says why
  void onClosed(String reason);
}
