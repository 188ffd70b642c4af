// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.peermind.protocol.federated.AdapterCheckpoint;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.governance.Digest;
import org.peermind.voting.Governance;

/// What the operator of an aggregator wants rounds to be.
public interface RoundPlan {
  /// When the next round may open, after one that ended at `last`.
  Instant next(Instant last);

  /// The items of the gate, as members get them.
  ///
  /// @throws IOException in a sentence when there are none
  ByteString items() throws IOException;

  /// The descriptor of the next round; empty, with [#refusal], when there can be none now.
  ///
  /// @param commitment to the gate's items
  Optional<RoundDescriptor> descriptor(
      Governance governance,
      long number,
      Optional<AdapterCheckpoint> parent,
      Digest commitment,
      Instant now);

  /// Why there can be no round, in one sentence.
  Optional<String> refusal();
}
