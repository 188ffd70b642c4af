// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.peermind.federated.round.Round;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.RoundAggregate;

/// Makes one update of several, and the adapter that it leads to; anyone gets the same bytes.
@FunctionalInterface
public interface Combining {
  /// What came out.
  ///
  /// @param exclusions updates that do not count
  /// @param vector bytes of the aggregated update
  /// @param state bytes of the outer optimiser's state after it
  /// @param adapter bytes of the adapter file
  record Combined(
      List<RoundAggregate.Exclusion> exclusions,
      ByteString vector,
      ByteString state,
      ByteString adapter) {
    public Combined {
      exclusions = List.copyOf(exclusions);
    }
  }

  /// @param vectors bytes of each member's update
  /// @throws IOException when a file that it needs is missing or cannot be read
  Combined combine(Round round, Map<NodeId, byte[]> vectors) throws IOException;
}
