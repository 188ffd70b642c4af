// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

/// Opens streams to one referee.
@FunctionalInterface
interface Dialer {
  /// Returns at once. [StreamReceiver#onReady] tells when the referee was reached and has proved
  /// its identity; [StreamReceiver#onClosed] tells when that fails or what was open ends.
  ByteStream dial(StreamReceiver receiver);
}
