// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.peermind.federated.round.Recomputation;
import org.peermind.federated.round.Round;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Digest;

/// The real aggregation; the adapter is only a text about the state, for there is no model.
final class Adding implements Combining {
  private final Map<Digest, byte[]> states = new ConcurrentHashMap<>();

  @Override
  public Combined combine(Round round, Map<NodeId, byte[]> vectors) {
    Optional<byte[]> before =
        round
            .descriptor()
            .parent()
            .map(parent -> Objects.requireNonNull(states.get(parent.state()), "a parent's state"));
    Recomputation made = Recomputation.of(round, vectors, before);
    byte[] state = made.state().toBytes();
    Digest name = Digest.over(state);
    states.put(name, state);
    return new Combined(
        made.exclusions(),
        ByteString.copyFrom(made.vector().toBytes()),
        ByteString.copyFrom(state),
        ByteString.copyFrom(adapter(name).getBytes(StandardCharsets.UTF_8)));
  }

  static String adapter(Digest state) {
    return "adapter of the state " + state;
  }
}
