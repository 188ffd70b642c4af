// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.peermind.node.role.RefereeDesk;
import org.peermind.node.transport.PeerLink;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.ModelHolder;
import org.peermind.protocol.wire.ModelHolders;
import org.peermind.protocol.wire.Up;

/// A referee's word on who gives models: the attached nodes that said where. Whether one has the
/// model that is wanted, it says itself.
public final class HolderDesk implements RefereeDesk {
  private static final int HOLDERS_MAX = 16;

  private final Random random;
  private final Map<NodeId, String> addresses = new ConcurrentHashMap<>();

  public HolderDesk(Random random) {
    this.random = random;
  }

  @Override
  public void onAttached(PeerLink link, NodeRecord record) {
    addresses.remove(link.id());
    record.givesModelsAt().ifPresent(address -> addresses.put(link.id(), address));
  }

  @Override
  public void onDetached(NodeId node) {
    addresses.remove(node);
  }

  @Override
  public void onMessage(PeerLink link, Up message) throws ProtocolException {
    if (!message.hasHolderQuery()) {
      return;
    }
    ModelHash.ofBytes(message.getHolderQuery().getModel().toByteArray());
    List<Map.Entry<NodeId, String>> others = new ArrayList<>(addresses.entrySet());
    others.removeIf(holder -> holder.getKey().equals(link.id()));
    Collections.shuffle(others, random); // asked again, others come
    List<ModelHolder> holders =
        others.stream()
            .limit(HOLDERS_MAX)
            .map(
                holder ->
                    ModelHolder.newBuilder()
                        .setNode(ByteString.copyFrom(holder.getKey().toBytes()))
                        .setAddress(holder.getValue())
                        .build())
            .toList();
    link.send(
        Down.newBuilder()
            .setModelHolders(
                ModelHolders.newBuilder()
                    .setId(message.getHolderQuery().getId())
                    .addAllHolders(holders))
            .build());
  }
}
