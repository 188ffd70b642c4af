// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.peermind.node.blobs.BlobPeer;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.node.role.RefereeSet;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.HolderQuery;
import org.peermind.protocol.wire.ModelHolder;
import org.peermind.protocol.wire.ModelHolders;
import org.peermind.protocol.wire.Up;

/// Asks all referees that this node is attached to who gives models.
public final class Holders implements RefereeSet.PartMaker {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final int HOLDERS_MAX = 32;

  private final List<Part> parts = new CopyOnWriteArrayList<>();

  @Override
  public RefereeAttachment.Part at(RefereeAttachment attachment) {
    Part part = new Part(attachment);
    parts.removeIf(other -> !other.attached && other.isOf(attachment));
    parts.add(part);
    return part;
  }

  /// Who may give a model; those that said something malformed are left out.
  public List<BlobPeer> of(ModelHash model) throws InterruptedException {
    Map<NodeId, BlobPeer> found = new HashMap<>();
    for (Part part : parts) {
      for (ModelHolder holder : part.ask(model)) {
        if (found.size() < HOLDERS_MAX) {
          peer(holder).ifPresent(peer -> found.putIfAbsent(peer.node(), peer));
        }
      }
    }
    return new ArrayList<>(found.values());
  }

  private static Optional<BlobPeer> peer(ModelHolder holder) {
    try {
      HostPort at = HostPort.parse("an address", holder.getAddress());
      return at.isReachable()
          ? Optional.of(
              new BlobPeer(NodeId.ofBytes(holder.getNode().toByteArray()), at.host(), at.port()))
          : Optional.empty();
    } catch (ProtocolException | ConfigException malformed) {
      return Optional.empty();
    }
  }

  /// Over the stream to one referee.
  private static final class Part implements RefereeAttachment.Part {
    private final RefereeAttachment attachment;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<ModelHolders>> asked = new ConcurrentHashMap<>();
    private volatile boolean attached;

    Part(RefereeAttachment attachment) {
      this.attachment = attachment;
    }

    boolean isOf(RefereeAttachment other) {
      return attachment.referee().node().equals(other.referee().node());
    }

    List<ModelHolder> ask(ModelHash model) throws InterruptedException {
      if (!attached) {
        return List.of();
      }
      int id = ids.incrementAndGet();
      CompletableFuture<ModelHolders> answer = new CompletableFuture<>();
      asked.put(id, answer);
      try {
        boolean sent =
            attachment.send(
                Up.newBuilder()
                    .setHolderQuery(
                        HolderQuery.newBuilder()
                            .setId(id)
                            .setModel(ByteString.copyFrom(model.toBytes())))
                    .build());
        return sent
            ? answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).getHoldersList()
            : List.of();
      } catch (TimeoutException | ExecutionException _) {
        return List.of();
      } finally {
        asked.remove(id);
      }
    }

    @Override
    public void onAttached(Attached answer) {
      attached = true;
    }

    @Override
    public boolean onMessage(Down message) {
      if (!message.hasModelHolders()) {
        return false;
      }
      CompletableFuture<ModelHolders> waiting = asked.remove(message.getModelHolders().getId());
      if (waiting != null) {
        waiting.complete(message.getModelHolders());
      }
      return true;
    }

    @Override
    public void onDetached() {
      attached = false;
    }
  }
}
