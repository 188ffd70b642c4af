// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peermind.model.ModelStore;
import org.peermind.model.ModelStoreException;
import org.peermind.model.StoredModel;
import org.peermind.model.blob.BlobManifest;
import org.peermind.model.blob.BlobName;
import org.peermind.model.blob.FetchEffect;
import org.peermind.model.blob.FetchEvent;
import org.peermind.model.blob.FetchPlan;
import org.peermind.model.blob.FetchRules;
import org.peermind.model.blob.PartFile;
import org.peermind.model.blob.PartialBlob;
import org.peermind.node.transport.DirectTls;
import org.peermind.protocol.NodeId;

/// Brings a model into the store from several peers at once. What an earlier try left is used; what
/// this one leaves, if it ends early, the next one uses.
public final class BlobFetch {
  private static final int EVENTS_MAX = 1_024;
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final int TICKS_TO_NEW_PEERS = 15;

  private final DirectTls tls;
  private final ModelStore store;
  private final ByteRate rate;
  private final FetchRules rules;
  private final InstantSource clock;
  private final PartFile.Disk disk;

  /// @param tls made with [BlobServer#APPLICATION]
  /// @param rate of all that is fetched together: the owner's setting
  public BlobFetch(
      DirectTls tls, ModelStore store, ByteRate rate, FetchRules rules, InstantSource clock) {
    this(tls, store, rate, rules, clock, PartFile::open);
  }

  BlobFetch(
      DirectTls tls,
      ModelStore store,
      ByteRate rate,
      FetchRules rules,
      InstantSource clock,
      PartFile.Disk disk) {
    this.tls = tls;
    this.store = store;
    this.rate = rate;
    this.rules = rules.within(rate.bytesPerSecondMax());
    this.clock = clock;
    this.disk = disk;
  }

  /// Fetches a model and takes it into the store. Blocks until it is there or cannot be had; the
  /// caller holds the store's lock.
  ///
  /// @param peers who may have it; asked again now and then, so that new ones are used
  /// @param notices hears how it goes, on the caller's thread
  /// @throws ModelStoreException with one sentence; what came stays for the next try
  public StoredModel fetch(
      BlobName name, Supplier<List<BlobPeer>> peers, Consumer<FetchNotice> notices)
      throws ModelStoreException, InterruptedException {
    Path part = store.part(name);
    BlobManifest manifest;
    try (Run run = new Run(name, part, peers, notices)) {
      manifest = run.untilWhole();
    } catch (IOException broken) {
      throw new ModelStoreException(
          "The model %s cannot be written (%s); fetch it again to go on."
              .formatted(name.sha256().shortText(), broken.getMessage()),
          broken);
    }
    return store.adoptChecked(part, manifest, "peers of the network", clock.instant());
  }

  /// One fetch: the shell around its plan.
  private final class Run implements AutoCloseable {
    private final BlobName name;
    private final Supplier<List<BlobPeer>> peers;
    private final Consumer<FetchNotice> notices;
    private final ArrivingModel model;
    private final FetchPlan plan;
    private final BlockingQueue<FetchEvent> events = new ArrayBlockingQueue<>(EVENTS_MAX);
    private final Map<NodeId, BlobPeer> addresses = new HashMap<>();
    private final Map<NodeId, PeerDownload> downloads = new HashMap<>();
    private boolean isWhole;

    Run(BlobName name, Path part, Supplier<List<BlobPeer>> peers, Consumer<FetchNotice> notices) {
      this.name = name;
      this.peers = peers;
      this.notices = notices;
      this.model = new ArrivingModel(disk, name, part);
      this.plan = new FetchPlan(name, rules, clock.instant());
    }

    BlobManifest untilWhole() throws IOException, ModelStoreException, InterruptedException {
      model
          .resume()
          .ifPresent(
              kept -> {
                model.follow();
                events.add(new FetchEvent.ManifestKept(kept));
              });
      int ticks = 0;
      long tickAt = System.nanoTime();
      while (!isWhole) {
        long left = tickAt - System.nanoTime();
        @Nullable FetchEvent event = left > 0 ? events.poll(left, TimeUnit.NANOSECONDS) : null;
        if (event != null) {
          take(event);
          continue;
        }
        if (ticks % TICKS_TO_NEW_PEERS == 0) {
          findPeers();
        }
        take(new FetchEvent.Tick());
        ticks++;
        tickAt = System.nanoTime() + TICK.toNanos();
      }
      return model.manifest();
    }

    private void findPeers() throws ModelStoreException, InterruptedException {
      for (BlobPeer peer : peers.get()) {
        addresses.put(peer.node(), peer);
        take(new FetchEvent.PeerFound(peer.node()));
      }
    }

    private void take(FetchEvent event) throws ModelStoreException, InterruptedException {
      Optional<FetchEvent> next = Optional.of(event);
      while (next.isPresent()) {
        FetchEvent now = next.get();
        next = Optional.empty();
        if (now instanceof FetchEvent.ManifestKept) {
          model.follow();
        }
        int before = plan.keptChunks();
        Instant instant = clock.instant();
        List<FetchEffect> effects = new ArrayList<>(plan.step(now, instant));
        if (plan.keptChunks() != before) {
          notices.accept(new FetchNotice.Progress(plan.keptChunks(), name.chunks()));
        }
        for (FetchEffect effect : effects) {
          Optional<FetchEvent> found = perform(effect);
          next = found.isPresent() ? found : next;
        }
      }
    }

    /// @return what came of it, where that is known at once
    private Optional<FetchEvent> perform(FetchEffect effect)
        throws ModelStoreException, InterruptedException {
      switch (effect) {
        case FetchEffect.AskManifest(NodeId peer) -> {
          if (!download(peer).askManifest()) {
            var _ = renewed(peer).askManifest();
          }
        }
        case FetchEffect.AskChunk(NodeId peer, int chunk) -> {
          if (!download(peer).askChunk(chunk)) {
            var _ = renewed(peer).askChunk(chunk);
          }
        }
        case FetchEffect.HangUp(NodeId peer) -> hangUp(peer);
        case FetchEffect.Dropped(NodeId peer, String sentence) -> {
          BlobLog.peerDropped(sentence);
          notices.accept(new FetchNotice.PeerDropped(peer, sentence));
        }
        case FetchEffect.Waiting(String sentence) ->
            notices.accept(new FetchNotice.Waiting(sentence));
        case FetchEffect.GoesOn _ -> notices.accept(new FetchNotice.GoesOn());
        case FetchEffect.CheckWhole _ -> {
          return Optional.of(check());
        }
        case FetchEffect.Finished _ -> isWhole = true;
        case FetchEffect.Failed(String sentence) -> throw new ModelStoreException(sentence);
      }
      return Optional.empty();
    }

    private FetchEvent check() throws InterruptedException {
      try {
        return switch (model.check()) {
          case PartialBlob.Finding.Whole _ -> new FetchEvent.WholeRight();
          case PartialBlob.Finding.Damaged(List<Integer> chunks) -> {
            model.follow();
            yield new FetchEvent.WholeDamaged(chunks);
          }
          case PartialBlob.Finding.Contradiction _ -> new FetchEvent.WholeContradicts();
        };
      } catch (IOException broken) {
        return new FetchEvent.DiskFailed(
            "The model %s cannot be read back (%s); check the disk and fetch it again to go on."
                .formatted(name.sha256().shortText(), broken.getMessage()));
      }
    }

    private PeerDownload download(NodeId peer) {
      return downloads.computeIfAbsent(peer, this::connect);
    }

    private PeerDownload renewed(NodeId peer) {
      PeerDownload fresh = connect(peer);
      downloads.put(peer, fresh);
      return fresh;
    }

    private PeerDownload connect(NodeId peer) {
      BlobPeer address = addresses.get(peer);
      if (address == null) {
        throw new IllegalStateException("Only peers that were found are asked");
      }
      PeerDownload fresh = new PeerDownload(address, name, model, tls, rate, events);
      fresh.start();
      return fresh;
    }

    private void hangUp(NodeId peer) {
      PeerDownload download = downloads.remove(peer);
      if (download != null) {
        download.hangUp();
      }
    }

    @Override
    public void close() throws IOException {
      downloads.values().forEach(PeerDownload::hangUp);
      // Whoever is about to report finds room, sees that all is over, and ends.
      events.clear();
      model.close();
    }
  }
}
