// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelStore;
import org.peermind.model.ModelStoreException;
import org.peermind.model.StoredModel;
import org.peermind.model.blob.BlobName;
import org.peermind.model.blob.ChunkRoot;
import org.peermind.node.blobs.BlobFetch;
import org.peermind.node.blobs.BlobPeer;
import org.peermind.node.blobs.FetchNotice;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;

/// The node's store, filled from its peers.
public final class PeerModels implements ModelExchange {
  private final ModelStore store;
  private final BlobFetch fetch;
  private final Holders holders;
  private final InstantSource clock;

  /// A model that this node has beside its store: the one it was configured with.
  private final Optional<Configured> configured;

  /// @param file as the owner named it, or the demo model
  public record Configured(ModelHash model, Path file) {}

  public PeerModels(
      ModelStore store,
      BlobFetch fetch,
      Holders holders,
      InstantSource clock,
      Optional<Configured> configured) {
    this.store = store;
    this.fetch = fetch;
    this.holders = holders;
    this.clock = clock;
    this.configured = configured;
  }

  @Override
  public Optional<Path> find(ModelHash model) {
    try {
      return store.list().stream()
          .filter(stored -> stored.sha256().equals(model))
          .map(StoredModel::file)
          .findFirst()
          .or(() -> configured.filter(own -> own.model().equals(model)).map(Configured::file));
    } catch (ModelStoreException unreadable) {
      return configured.filter(own -> own.model().equals(model)).map(Configured::file);
    }
  }

  @Override
  public Path fetch(Proposal.Candidate candidate, Consumer<FetchNotice> notices)
      throws ModelStoreException, InterruptedException {
    Optional<Path> there = find(candidate.ggufSha256());
    if (there.isEmpty()) {
      try (ModelStore.Closing _ = store.lock()) {
        BlobName name =
            new BlobName(
                candidate.ggufSha256(), candidate.ggufBytes(), chunkRoot(candidate.chunkRoot()));
        there = Optional.of(fetch.fetch(name, () -> peers(candidate.ggufSha256()), notices).file());
      } catch (IOException unlocked) {
        throw new ModelStoreException("The model store cannot be unlocked.", unlocked);
      }
    }
    check(there.get(), candidate);
    return there.get();
  }

  private static ChunkRoot chunkRoot(Digest root) {
    return new ChunkRoot(root.hex());
  }

  private List<BlobPeer> peers(ModelHash model) {
    try {
      return holders.of(model);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  /// What the proposal says of the file's inside must be so.
  private static void check(Path file, Proposal.Candidate candidate) throws ModelStoreException {
    GgufFile gguf;
    try {
      gguf = GgufReader.read(file);
    } catch (GgufException refused) {
      throw new ModelStoreException(
          "%s is no model that can be used: %s".formatted(candidate.name(), refused.getMessage()),
          refused);
    }
    if (!CandidateFile.templateDigest(gguf).equals(candidate.templateSha256())
        || !CandidateFile.tokenizerDigest(gguf).equals(candidate.tokenizerSha256())
        || gguf.contextTokens() < candidate.contextTokens()) {
      throw new ModelStoreException(
          "%s has another template, tokenizer or context than its proposal says."
              .formatted(candidate.name()));
    }
  }

  /// Takes a file into the store, so that it can be given to others.
  public StoredModel keep(Path file) throws ModelStoreException {
    try (ModelStore.Closing _ = store.lock()) {
      Path part = store.collect(file, _ -> {});
      return store.adopt(part, file.toString(), Optional.empty(), clock.instant(), _ -> {});
    } catch (IOException unlocked) {
      throw new ModelStoreException("The model store cannot be unlocked.", unlocked);
    }
  }

  /// What a proposal says of a model of the store.
  public Proposal.Candidate candidate(StoredModel model, Optional<String> licence)
      throws ModelStoreException {
    return CandidateFile.of(model, store.manifest(model, _ -> {}), licence);
  }

  /// The model that a person means by a hash, its beginning, or a name.
  public StoredModel stored(String reference) throws ModelStoreException {
    return store.find(reference);
  }
}
