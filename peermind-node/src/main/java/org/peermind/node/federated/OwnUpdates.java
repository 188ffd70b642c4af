// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.file.Path;

/// The updates that this node is bound to, on its disk until their round is over.
public final class OwnUpdates {
  private final MemberFiles files;

  /// @param folder of the member, as [RoundMember] has it
  public OwnUpdates(Path folder) {
    this.files = new MemberFiles(folder);
  }

  /// Deletes them. The round that waits for one goes on without it: commitments stay, and a node
  /// never makes a second update for one.
  ///
  /// @return how many there were
  public int delete() throws IOException {
    return files.deleteUpdates();
  }
}
