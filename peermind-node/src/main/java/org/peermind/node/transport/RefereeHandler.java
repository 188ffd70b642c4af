// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Hello;

/// What a node does about its referee. Calls about one link come one after another, on network
/// threads, so they must not block; none is made from inside [RefereeLink#send] or
/// [RefereeLink#close].
public interface RefereeHandler {
  /// What this node says of itself; asked anew for every try, so that clock and record are fresh.
  Hello hello();

  /// The referee admitted this node; [RefereeLink#send] works from now on.
  void onAttached(Attached answer);

  /// A message of the referee; never an answer to the hello, a drain notice or a heartbeat.
  void onMessage(Down message);

  /// The attachment ended. Called once for every [#onAttached]; the link goes on trying unless it
  /// was closed.
  ///
  /// @param reason one sentence for a person
  void onDetached(String reason);

  /// A try ended without an attachment; the link goes on trying.
  ///
  /// @param reason one sentence for a person; the referee's own words when it refused the hello
  void onFailedTry(String reason);
}
