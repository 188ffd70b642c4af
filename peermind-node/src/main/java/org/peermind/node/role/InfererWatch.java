// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.util.Optional;
import org.peermind.protocol.RefusalCode;

/// Sees what an inferer does for others, never what it answers; logs and metrics are made from it.
public interface InfererWatch {
  void offerAnswered(boolean accepted, String reason);

  void refusedTicket(String reason);

  void served(
      Optional<RefusalCode> failure, int promptTokens, int completionTokens, Duration duration);
}
