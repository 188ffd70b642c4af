// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

/// Where a [RefereeLink] stands; messages travel in [#ATTACHED] and [#DRAINING] only.
public enum LinkState {
  /// Closed; nothing happens any more.
  IDLE,
  /// Connecting and proving identities.
  DIALING,
  /// The referee has the hello and has not answered yet.
  HELLO,
  ATTACHED,
  /// Attached to a referee that has said that it is about to stop.
  DRAINING,
  /// Waiting before the next try.
  BACKOFF
}
