// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.time.Duration;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;

/// Sees how answers fare, never what they say; metrics and logs are made from it.
public interface AnswerWatch {
  void started(NodeId worker);

  void firstToken(Duration afterStart);

  /// A worker was lost after `tokens` tokens and the answer looks for another one.
  void interrupted(NodeId worker, int tokens, String reason);

  void continued(NodeId worker, int tokens, Duration gap);

  void finished(NodeId worker, int promptTokens, int completionTokens, int nearTies);

  void failed(RefusalCode code, String reason, int tokens);

  void refused(RefusalCode code, String reason);

  /// The client went away.
  void cancelled(int tokens);
}
