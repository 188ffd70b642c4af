// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.peermind.protocol.NodeId;

/// Decides which peer is asked for which chunk of one model (design section 10): a pure core that
/// is told what happened and says what to do, without clock, disk or network.
///
/// A peer that lies is dropped for good. One that is slow, away or does not have the model is
/// paused, and what it was asked for goes to others. Chunks are asked for in order, so that the
/// hash of the whole can follow; towards the end one that is late is asked for twice. Not safe for
/// use by several threads.
public final class FetchPlan {
  /// Peers that are remembered; only some of them are used at once.
  private static final int KNOWN_MAX = 1_024;

  private enum Phase {
    MANIFEST,
    CHUNKS,
    CHECK,
    OVER
  }

  private final BlobName name;
  private final FetchRules rules;
  private final Map<NodeId, FetchPeer> peers = new LinkedHashMap<>();
  private final Set<NodeId> dropped = new HashSet<>();
  private final BitSet kept = new BitSet();
  private final List<FetchEffect> effects = new ArrayList<>();
  private Phase phase = Phase.MANIFEST;
  private String lastTrouble = "none is known";
  private String waitingFor = "";
  private int damages;
  private Instant progressAt;
  private Instant diskRestsUntil;

  public FetchPlan(BlobName name, FetchRules rules, Instant now) {
    this.name = name;
    this.rules = rules;
    this.progressAt = now;
    this.diskRestsUntil = now;
  }

  /// Takes in what happened and returns what to do, in this order. After [FetchEffect.Finished] or
  /// [FetchEffect.Failed] there is nothing more to do.
  public List<FetchEffect> step(FetchEvent event, Instant now) {
    if (phase == Phase.OVER) {
      return List.of();
    }
    take(event, now);
    if (phase == Phase.CHUNKS && kept.cardinality() == name.chunks()) {
      phase = Phase.CHECK;
      peers.values().forEach(this::hangUp);
      effects.add(new FetchEffect.CheckWhole());
    }
    ask(now);
    judge(now);
    List<FetchEffect> done = List.copyOf(effects);
    effects.clear();
    return done;
  }

  /// Chunks that are there.
  public int keptChunks() {
    return kept.cardinality();
  }

  private void take(FetchEvent event, Instant now) {
    switch (event) {
      case FetchEvent.PeerFound(NodeId peer) -> {
        if (!dropped.contains(peer) && peers.size() < KNOWN_MAX) {
          peers.putIfAbsent(peer, new FetchPeer(peer, now));
        }
      }
      case FetchEvent.ManifestKept(BitSet there) -> {
        if (phase == Phase.MANIFEST) {
          phase = Phase.CHUNKS;
          kept.or(there);
          peers.values().forEach(peer -> peer.asked.remove(FetchPeer.MANIFEST));
          progress(now);
        }
      }
      case FetchEvent.ManifestWrong(NodeId peer) -> drop(peer, "sent a wrong list of the chunks");
      case FetchEvent.ChunkKept(NodeId id, int chunk) -> chunkKept(id, chunk, now);
      case FetchEvent.ChunkWrong(NodeId peer, int chunk) ->
          drop(peer, "sent wrong bytes as chunk " + chunk);
      case FetchEvent.NotHere(NodeId peer, String sentence) ->
          trouble(peer, sentence, rules.notHerePause(), now);
      case FetchEvent.LinkLost(NodeId peer, String sentence) ->
          trouble(peer, sentence, Duration.ZERO, now);
      case FetchEvent.DiskRefused(NodeId id, int chunk, String sentence) -> {
        FetchPeer peer = peers.get(id);
        if (peer != null) {
          peer.asked.remove(chunk);
        }
        restDisk(sentence, now);
      }
      case FetchEvent.DiskFailed(String sentence) -> {
        if (phase == Phase.CHECK) {
          fail(sentence);
        } else {
          restDisk(sentence, now);
        }
      }
      case FetchEvent.WholeRight() -> {
        phase = Phase.OVER;
        effects.add(new FetchEffect.Finished());
      }
      case FetchEvent.WholeDamaged(List<Integer> chunks) -> damaged(chunks, now);
      case FetchEvent.WholeContradicts() ->
          fail(
              "All chunks of the model %s are right and its hash is not: its name contradicts itself."
                  .formatted(name.sha256().shortText()));
      case FetchEvent.Tick() -> slowPeers(now);
    }
  }

  private void chunkKept(NodeId id, int chunk, Instant now) {
    FetchPeer peer = peers.get(id);
    if (peer != null) {
      peer.brought(chunk, rules, now);
    }
    if (!kept.get(chunk)) {
      kept.set(chunk);
      progress(now);
    }
  }

  private void progress(Instant now) {
    progressAt = now;
    if (!waitingFor.isEmpty()) {
      waitingFor = "";
      effects.add(new FetchEffect.GoesOn());
    }
  }

  private void drop(NodeId id, String deed) {
    FetchPeer peer = peers.remove(id);
    if (peer != null) {
      dropped.add(id);
      lastTrouble = "the node " + id.shortText() + " " + deed;
      effects.add(new FetchEffect.HangUp(id));
      effects.add(
          new FetchEffect.Dropped(
              id,
              "The node %s %s %s; it is not asked again."
                  .formatted(id.shortText(), deed, "of " + name.sha256().shortText())));
    }
  }

  /// @param pause how long it is left alone; zero for the growing pause of a peer that failed
  private void trouble(NodeId id, String sentence, Duration pause, Instant now) {
    FetchPeer peer = peers.get(id);
    if (peer == null) {
      return;
    }
    lastTrouble = sentence;
    if (pause.isZero()) {
      peer.failed(rules, now);
    } else {
      peer.pause(pause, now);
    }
    effects.add(new FetchEffect.HangUp(id));
  }

  private void hangUp(FetchPeer peer) {
    if (!peer.asked.isEmpty()) {
      peer.asked.clear();
      effects.add(new FetchEffect.HangUp(peer.id));
    }
  }

  private void restDisk(String sentence, Instant now) {
    diskRestsUntil = now.plus(rules.diskPause());
    peers.values().forEach(this::hangUp);
    lastTrouble = sentence;
    sayWaiting(sentence);
  }

  private void sayWaiting(String sentence) {
    if (!sentence.equals(waitingFor)) {
      waitingFor = sentence;
      effects.add(new FetchEffect.Waiting(sentence));
    }
  }

  private void damaged(List<Integer> chunks, Instant now) {
    damages++;
    if (damages > rules.damagesMax()) {
      fail(
          "%d chunks of the model %s were written right and read back wrong; check the disk."
              .formatted(chunks.size(), name.sha256().shortText()));
      return;
    }
    chunks.forEach(kept::clear);
    phase = Phase.CHUNKS;
    progressAt = now;
  }

  private void slowPeers(Instant now) {
    for (FetchPeer peer : peers.values()) {
      if (peer.isSlow(rules.slowAfter(), now)) {
        lastTrouble = "the node " + peer.id.shortText() + " is slow";
        peer.failed(rules, now);
        effects.add(new FetchEffect.HangUp(peer.id));
      }
    }
  }

  private void ask(Instant now) {
    switch (phase) {
      case MANIFEST -> {
        if (!now.isBefore(diskRestsUntil)) {
          askManifest(now);
        }
      }
      case CHUNKS -> {
        if (!now.isBefore(diskRestsUntil)) {
          askChunks(now);
        }
      }
      case CHECK, OVER -> {}
    }
  }

  private void askManifest(Instant now) {
    boolean isAsked =
        peers.values().stream()
            .anyMatch(
                peer ->
                    peer.asked.containsKey(FetchPeer.MANIFEST)
                        && !peer.isSlow(rules.doubleAfter(), now));
    if (isAsked) {
      return;
    }
    for (FetchPeer peer : peers.values()) {
      if (peer.mayBeAsked(now) && isRoomFor(peer)) {
        peer.asked.put(FetchPeer.MANIFEST, now);
        effects.add(new FetchEffect.AskManifest(peer.id));
        return;
      }
    }
  }

  /// Gives each peer one chunk in turn, so that a few chunks do not all go to the first.
  private void askChunks(Instant now) {
    BitSet taken = (BitSet) kept.clone();
    peers
        .values()
        .forEach(peer -> peer.asked.keySet().stream().filter(c -> c >= 0).forEach(taken::set));
    boolean isGiven = true;
    while (isGiven) {
      isGiven = false;
      for (FetchPeer peer : peers.values()) {
        if (!peer.mayBeAsked(now) || !isRoomFor(peer)) {
          continue;
        }
        int chunk = taken.nextClearBit(0);
        if (chunk >= name.chunks()) {
          chunk = lateChunk(peer, now);
        }
        if (chunk >= 0) {
          taken.set(chunk);
          peer.asked.put(chunk, now);
          effects.add(new FetchEffect.AskChunk(peer.id, chunk));
          isGiven = true;
        }
      }
    }
  }

  private boolean isRoomFor(FetchPeer peer) {
    return !peer.asked.isEmpty()
        || peers.values().stream().filter(other -> !other.asked.isEmpty()).count()
            < rules.peersMax();
  }

  /// A chunk that one other peer is late with, or -1.
  private int lateChunk(FetchPeer asking, Instant now) {
    for (FetchPeer late : peers.values()) {
      if (late != asking && late.isSlow(rules.doubleAfter(), now)) {
        for (int chunk : late.asked.keySet()) {
          if (chunk >= 0
              && !kept.get(chunk)
              && peers.values().stream().filter(p -> p.asked.containsKey(chunk)).count() == 1) {
            return chunk;
          }
        }
      }
    }
    return -1;
  }

  /// Says when there is nobody left, and ends what does not get on.
  private void judge(Instant now) {
    if (phase == Phase.OVER || phase == Phase.CHECK) {
      return;
    }
    if (peers.isEmpty() && !dropped.isEmpty()) {
      fail(
          "No peer is left that could give the model %s: %s."
              .formatted(name.sha256().shortText(), withoutStop(lastTrouble)));
    } else if (Duration.between(progressAt, now).compareTo(rules.giveUpAfter()) > 0) {
      fail(
          "Nothing came of the model %s for %d minutes (%s); fetch it again to go on."
              .formatted(
                  name.sha256().shortText(),
                  rules.giveUpAfter().toMinutes(),
                  withoutStop(lastTrouble)));
    } else if (!now.isBefore(diskRestsUntil)
        && peers.values().stream().allMatch(peer -> peer.asked.isEmpty())) {
      sayWaiting(
          "No peer gives the model %s just now: %s."
              .formatted(name.sha256().shortText(), withoutStop(lastTrouble)));
    }
  }

  private static String withoutStop(String sentence) {
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  private void fail(String sentence) {
    phase = Phase.OVER;
    peers.values().forEach(this::hangUp);
    effects.add(new FetchEffect.Failed(sentence));
  }
}
