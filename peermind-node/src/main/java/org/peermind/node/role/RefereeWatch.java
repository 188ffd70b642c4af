// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.util.Set;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.Role;

/// Sees what a referee does; logs and metrics are made from it.
public interface RefereeWatch {
  void attached(NodeId node, Set<Role> roles, Duration clockSkew);

  void detached(NodeId node, String reason);

  void refusedNode(NodeId node, String reason);

  void refusedMessage(NodeId node, String reason);

  void assigned(NodeId inferer, ModelHash model);

  void refused(RefusalCode code, String reason);

  void overloaded();

  void coreFailed(RuntimeException bug);
}
