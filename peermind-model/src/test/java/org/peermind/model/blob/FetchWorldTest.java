// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.protocol.NodeId;
import org.peermind.testkit.Property;

/// Whatever peers and the disk do: no wrong byte becomes part of the model, and it becomes whole as
/// long as one peer is honest.
class FetchWorldTest {
  private final byte[] contents = Blobs.bytes(9, 3 * ChunkTree.CHUNK_BYTES + 7);
  @TempDir private Path directory;
  private BlobManifest manifest;

  @BeforeEach
  void makeAManifest() throws Exception {
    manifest = Blobs.manifest(directory, contents);
  }

  @Test
  void becomesWhole_whateverPeersDo_whileOneIsHonest() {
    Property.forAll(
        1,
        24,
        random -> {
          World world = new World(random, true);
          world.run();
          assertThat(world.end).containsExactly(new FetchEffect.Finished());
          assertThat(world.data.contents()).isEqualTo(contents);
          assertThat(world.named).doesNotContain(world.honest);
        });
  }

  @Test
  void keepsNoWrongByte_whenAllPeersLieOrFail() {
    Property.forAll(
        1_000,
        12,
        random -> {
          World world = new World(random, false);
          world.run();
          if (world.end.getFirst() instanceof FetchEffect.Finished) {
            assertThat(world.data.contents()).isEqualTo(contents);
          } else {
            assertThat(((FetchEffect.Failed) world.end.getFirst()).sentence()).endsWith(".");
          }
        });
  }

  private enum Manner {
    HONEST,
    LIAR,
    DEAD,
    FLAPPING,
    EMPTY,
    SILENT
  }

  private static final List<Manner> BAD =
      List.of(Manner.LIAR, Manner.DEAD, Manner.FLAPPING, Manner.EMPTY, Manner.SILENT);

  private final class World {
    private static final int STEPS_MAX = 20_000;

    final PlayedDisk data = new PlayedDisk();
    final PlayedDisk map = new PlayedDisk();
    final List<FetchEffect> end = new ArrayList<>();
    final List<NodeId> named = new ArrayList<>();
    final NodeId honest = NodeId.ofPublicKey(new byte[] {99});
    private final RandomGenerator random;
    private final Map<NodeId, Manner> manners = new LinkedHashMap<>();
    private final Map<NodeId, Deque<Integer>> asked = new LinkedHashMap<>();
    private final Deque<FetchEvent> events = new ArrayDeque<>();
    private final FetchPlan plan;
    private Instant now = Instant.parse("2026-11-23T12:00:00Z");
    private Optional<PartialBlob> partial = Optional.empty();
    private int damagesLeft = 2;

    World(RandomGenerator random, boolean hasHonest) {
      this.random = random;
      this.plan = new FetchPlan(manifest.name(), FetchRules.defaults(), now);
      int others = random.nextInt(6);
      for (int peer = 0; peer < others; peer++) {
        Manner manner = BAD.get(random.nextInt(BAD.size()));
        manners.put(NodeId.ofPublicKey(new byte[] {(byte) peer}), manner);
      }
      if (hasHonest) {
        manners.put(honest, Manner.HONEST);
      }
      manners.keySet().forEach(peer -> events.add(new FetchEvent.PeerFound(peer)));
    }

    void run() throws IOException {
      for (int step = 0; end.isEmpty(); step++) {
        assertThat(step).as("steps until the end").isLessThan(STEPS_MAX);
        if (events.isEmpty()) {
          happen();
        }
        FetchEvent event = events.isEmpty() ? new FetchEvent.Tick() : events.poll();
        for (FetchEffect effect : plan.step(event, now)) {
          perform(effect);
        }
      }
    }

    /// Time passes, and some peer does something.
    private void happen() throws IOException {
      now = now.plusMillis(1 + random.nextInt(2_000));
      data.leave(random.nextInt(20) == 0 ? 5_000 : Long.MAX_VALUE);
      List<NodeId> busy = asked.keySet().stream().filter(peer -> !askedOf(peer).isEmpty()).toList();
      if (busy.isEmpty()) {
        return;
      }
      NodeId peer = busy.get(random.nextInt(busy.size()));
      switch (manners.getOrDefault(peer, Manner.DEAD)) {
        case HONEST -> answer(peer, false);
        case LIAR -> answer(peer, random.nextBoolean());
        case DEAD -> lose(peer);
        case FLAPPING -> {
          if (random.nextInt(3) == 0) {
            lose(peer);
          } else {
            answer(peer, false);
          }
        }
        case EMPTY -> {
          askedOf(peer).clear();
          events.add(new FetchEvent.NotHere(peer, "The model is not here."));
        }
        case SILENT -> {}
      }
    }

    private Deque<Integer> askedOf(NodeId peer) {
      return asked.computeIfAbsent(peer, _ -> new ArrayDeque<>());
    }

    private void lose(NodeId peer) {
      askedOf(peer).clear();
      events.add(new FetchEvent.LinkLost(peer, "The node went away."));
    }

    private void answer(NodeId peer, boolean isLie) throws IOException {
      int chunk = askedOf(peer).removeFirst();
      if (chunk == FetchPeer.MANIFEST) {
        events.add(isLie ? new FetchEvent.ManifestWrong(peer) : manifestKept());
        return;
      }
      byte[] bytes = Blobs.chunk(contents, chunk);
      int length = bytes.length;
      if (isLie && random.nextBoolean()) {
        length--;
      } else if (isLie) {
        bytes[random.nextInt(length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        boolean isKept = partial.orElseThrow().keep(chunk, bytes, length);
        assertThat(isKept).isEqualTo(!isLie);
        events.add(
            isKept
                ? new FetchEvent.ChunkKept(peer, chunk)
                : new FetchEvent.ChunkWrong(peer, chunk));
      } catch (IOException full) {
        events.add(new FetchEvent.DiskRefused(peer, chunk, "The disk is full."));
      }
    }

    private FetchEvent manifestKept() throws IOException {
      if (partial.isEmpty()) {
        partial = Optional.of(PartialBlob.begin(data, map, manifest));
      }
      return new FetchEvent.ManifestKept(partial.get().kept());
    }

    private void perform(FetchEffect effect) throws IOException {
      switch (effect) {
        case FetchEffect.AskManifest(NodeId peer) -> ask(peer, FetchPeer.MANIFEST);
        case FetchEffect.AskChunk(NodeId peer, int chunk) -> ask(peer, chunk);
        case FetchEffect.HangUp(NodeId peer) -> askedOf(peer).clear();
        case FetchEffect.Dropped(NodeId peer, _) -> named.add(peer);
        case FetchEffect.Waiting _, FetchEffect.GoesOn _ -> {}
        case FetchEffect.CheckWhole _ -> check();
        case FetchEffect.Finished _, FetchEffect.Failed _ -> end.add(effect);
      }
    }

    private void ask(NodeId peer, int chunk) {
      assertThat(named).doesNotContain(peer);
      Deque<Integer> chunks = askedOf(peer);
      chunks.add(chunk);
      assertThat(chunks).hasSizeLessThanOrEqualTo(FetchRules.defaults().inFlightMax());
    }

    private void check() throws IOException {
      if (damagesLeft > 0 && random.nextInt(3) == 0) {
        damagesLeft--;
        data.flip(random.nextLong(contents.length * 8L));
      }
      events.add(
          switch (partial.orElseThrow().check()) {
            case PartialBlob.Finding.Whole _ -> new FetchEvent.WholeRight();
            case PartialBlob.Finding.Damaged(List<Integer> chunks) ->
                new FetchEvent.WholeDamaged(chunks);
            case PartialBlob.Finding.Contradiction _ -> new FetchEvent.WholeContradicts();
          });
    }
  }
}
