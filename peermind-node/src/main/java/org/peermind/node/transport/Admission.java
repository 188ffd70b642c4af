// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import org.peermind.protocol.wire.Attached;

/// A referee's answer to a [org.peermind.protocol.wire.Hello].
public sealed interface Admission {
  /// The node may attach; `answer` is what it is told.
  record Admitted(Attached answer) implements Admission {}

  /// The node may not attach.
  ///
  /// @param reason one sentence that the node's owner reads
  record Refused(String reason) implements Admission {}
}
