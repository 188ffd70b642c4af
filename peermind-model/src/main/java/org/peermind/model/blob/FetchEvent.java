// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.util.BitSet;
import java.util.List;
import org.peermind.protocol.NodeId;

/// What happened, for [FetchPlan]. Whether a manifest, a chunk or the whole is right, the shell has
/// found out by [BlobManifest] and [PartialBlob]; the plan believes no peer.
public sealed interface FetchEvent {
  /// A peer may have the model.
  record PeerFound(NodeId peer) implements FetchEvent {}

  /// The manifest with the right name is there.
  ///
  /// @param kept chunks that are there of an earlier try
  record ManifestKept(BitSet kept) implements FetchEvent {
    public ManifestKept {
      kept = (BitSet) kept.clone();
    }

    @Override
    public BitSet kept() {
      return (BitSet) kept.clone();
    }
  }

  /// The peer sent another manifest than the root says.
  record ManifestWrong(NodeId peer) implements FetchEvent {}

  /// The chunk is right and written.
  record ChunkKept(NodeId peer, int chunk) implements FetchEvent {}

  /// The peer sent other bytes than the root says.
  record ChunkWrong(NodeId peer, int chunk) implements FetchEvent {}

  /// The peer does not have the model, or does not give it now. `sentence` is the peer's own.
  record NotHere(NodeId peer, String sentence) implements FetchEvent {}

  /// The peer cannot be reached, went away, or speaks otherwise.
  record LinkLost(NodeId peer, String sentence) implements FetchEvent {}

  /// The own disk did not take a chunk that was right.
  record DiskRefused(NodeId peer, int chunk, String sentence) implements FetchEvent {}

  /// The own disk cannot be read, or did not take what is not a chunk.
  record DiskFailed(String sentence) implements FetchEvent {}

  /// The whole file was read back and is right.
  record WholeRight() implements FetchEvent {}

  /// These chunks were damaged on the own disk.
  record WholeDamaged(List<Integer> chunks) implements FetchEvent {
    public WholeDamaged {
      chunks = List.copyOf(chunks);
    }
  }

  /// All chunks are right and the whole is not.
  record WholeContradicts() implements FetchEvent {}

  /// Time has passed; to be told once a second.
  record Tick() implements FetchEvent {}
}
