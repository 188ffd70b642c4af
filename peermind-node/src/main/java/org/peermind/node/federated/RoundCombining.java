// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.peermind.federated.aggregation.OuterState;
import org.peermind.federated.round.Recomputation;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.subspace.SubspaceAdapter;
import org.peermind.model.GgufFile;
import org.peermind.model.lora.LoraAdapter;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.AdapterCheckpoint;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.governance.Digest;

/// Aggregates as the round's descriptor says, and writes the adapter: from the same updates
/// everybody makes the same bytes.
public final class RoundCombining implements Combining {
  private static final String ROUND_NOTE = "round";

  private final BaseModels models;
  private final Blobs blobs;
  private final Path scratch;

  /// Where the outer state that a round begins with comes from.
  @FunctionalInterface
  public interface Blobs {
    Optional<byte[]> find(Digest name) throws IOException, InterruptedException;
  }

  /// @param scratch a folder for files that live for moments
  public RoundCombining(BaseModels models, Blobs blobs, Path scratch) {
    this.models = models;
    this.blobs = blobs;
    this.scratch = scratch;
  }

  /// For rounds whose files are in `folder`.
  public static RoundCombining in(Path folder, BaseModels models) {
    return new RoundCombining(
        models, new BlobShelf(folder.resolve("blobs"))::find, folder.resolve("scratch"));
  }

  @Override
  public Combined combine(Round round, Map<NodeId, byte[]> vectors) throws IOException {
    RoundDescriptor descriptor = round.descriptor();
    GgufFile base = models.head(descriptor.base());
    try {
      Subspace subspace = Subspace.of(base, descriptor.subspace());
      Recomputation made = Recomputation.of(round, vectors, parentState(descriptor));
      return new Combined(
          made.exclusions(),
          ByteString.copyFrom(made.vector().toBytes()),
          ByteString.copyFrom(made.state().toBytes()),
          adapter(base, subspace, descriptor, made.state()));
    } catch (IllegalArgumentException refused) {
      throw new IOException(refused.getMessage(), refused);
    }
  }

  private Optional<byte[]> parentState(RoundDescriptor descriptor) throws IOException {
    Optional<AdapterCheckpoint> parent = descriptor.parent();
    if (parent.isEmpty()) {
      return Optional.empty();
    }
    try {
      Optional<byte[]> found = blobs.find(parent.get().state());
      if (found.isEmpty()) {
        throw new IOException("The state that the round begins with is not on this node.");
      }
      return found;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("The node stops.", stopped);
    }
  }

  private ByteString adapter(
      GgufFile base, Subspace subspace, RoundDescriptor descriptor, OuterState state)
      throws IOException {
    LoraAdapter adapter =
        SubspaceAdapter.of(
            base.architecture(),
            subspace,
            state.coordinates(),
            Map.of(
                LoraAdapter.BASE_MODEL,
                descriptor.base().hex(),
                ROUND_NOTE,
                Long.toString(descriptor.number())));
    Files.createDirectories(scratch);
    Path file = Files.createTempFile(scratch, "adapter-", ".gguf");
    try {
      LoraAdapterFile.write(file, adapter);
      return ByteString.copyFrom(Files.readAllBytes(file));
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
