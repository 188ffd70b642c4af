// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;

class FetchPlanTest {
  private static final FetchRules RULES = FetchRules.defaults();
  private static final NodeId ANN = NodeId.ofPublicKey(new byte[] {1});
  private static final NodeId BEN = NodeId.ofPublicKey(new byte[] {2});
  private static final NodeId CAT = NodeId.ofPublicKey(new byte[] {3});

  private final BlobName name =
      new BlobName(
          new ModelHash("a".repeat(64)), 8L * ChunkTree.CHUNK_BYTES, new ChunkRoot("b".repeat(64)));
  private Instant now = Instant.parse("2026-11-23T12:00:00Z");
  private final FetchPlan plan = new FetchPlan(name, RULES, now);

  private List<FetchEffect> step(FetchEvent event) {
    return plan.step(event, now);
  }

  private List<FetchEffect> tickAfter(Duration passed) {
    now = now.plus(passed);
    return step(new FetchEvent.Tick());
  }

  private List<FetchEffect> begin(NodeId... peers) {
    for (NodeId peer : peers) {
      step(new FetchEvent.PeerFound(peer));
    }
    return step(new FetchEvent.ManifestKept(new BitSet()));
  }

  private static Set<Integer> chunksOf(NodeId peer, List<FetchEffect> effects) {
    return effects.stream()
        .filter(effect -> effect instanceof FetchEffect.AskChunk ask && ask.peer().equals(peer))
        .map(effect -> ((FetchEffect.AskChunk) effect).chunk())
        .collect(Collectors.toSet());
  }

  private static List<FetchEffect> of(Class<? extends FetchEffect> kind, List<FetchEffect> all) {
    return all.stream().filter(kind::isInstance).toList();
  }

  @Test
  void asksOnePeerForTheManifest_andTheNextWhenItLies() {
    assertThat(step(new FetchEvent.PeerFound(ANN)))
        .containsExactly(new FetchEffect.AskManifest(ANN));
    assertThat(step(new FetchEvent.PeerFound(BEN))).isEmpty();

    List<FetchEffect> effects = step(new FetchEvent.ManifestWrong(ANN));

    assertThat(effects).contains(new FetchEffect.AskManifest(BEN), new FetchEffect.HangUp(ANN));
    assertThat(of(FetchEffect.Dropped.class, effects).toString()).contains(ANN.shortText());
  }

  @Test
  void spreadsTheChunksOverThePeers_oneEachAtFirst() {
    List<FetchEffect> effects = begin(ANN, BEN, CAT);

    assertThat(of(FetchEffect.AskChunk.class, effects)).hasSize(3);
    assertThat(chunksOf(ANN, effects)).hasSize(1);
    assertThat(chunksOf(BEN, effects)).hasSize(1);
    assertThat(chunksOf(CAT, effects)).hasSize(1);
  }

  @Test
  void asksAQuickPeerForMoreAtOnce_andNeverForMoreThanTheBound() {
    begin(ANN);
    int inFlight = 1;
    for (int chunk = 0; chunk < 4; chunk++) {
      inFlight += step(new FetchEvent.ChunkKept(ANN, chunk)).size() - 1;
      assertThat(inFlight).isLessThanOrEqualTo(RULES.inFlightMax());
    }
    assertThat(inFlight).isEqualTo(4);
  }

  @Test
  void givesTheChunksOfALiarToOthers_andNeverAsksItAgain() {
    Set<Integer> ofAnn = chunksOf(ANN, begin(ANN, BEN));

    List<FetchEffect> effects = step(new FetchEvent.ChunkWrong(ANN, ofAnn.iterator().next()));

    assertThat(effects).contains(new FetchEffect.HangUp(ANN));
    assertThat(of(FetchEffect.Dropped.class, effects).toString())
        .contains(ANN.shortText())
        .contains("sent wrong bytes as chunk");
    assertThat(step(new FetchEvent.PeerFound(ANN))).isEmpty();
    assertThat(chunksOf(BEN, step(new FetchEvent.ChunkKept(BEN, 1)))).containsAll(ofAnn);
  }

  @Test
  void givesTheChunksOfADeadPeerToOthers_andTriesItAgainLater() {
    Set<Integer> ofAnn = chunksOf(ANN, begin(ANN, BEN));
    step(new FetchEvent.LinkLost(ANN, "The node went away."));

    assertThat(chunksOf(BEN, step(new FetchEvent.ChunkKept(BEN, 1)))).containsAll(ofAnn);
    assertThat(chunksOf(ANN, tickAfter(RULES.pauseMin()))).hasSize(1);
  }

  @Test
  void pausesAPeerThatDoesNotHaveTheModel() {
    begin(ANN, BEN);
    step(new FetchEvent.NotHere(ANN, "It is not here."));

    assertThat(chunksOf(ANN, tickAfter(RULES.notHerePause().minusSeconds(1)))).isEmpty();
    assertThat(chunksOf(ANN, tickAfter(Duration.ofSeconds(1)))).hasSize(1);
  }

  @Test
  void hangsUpOnAPeerThatIsTooSlow_andAsksOthersForItsChunks() {
    Set<Integer> ofAnn = chunksOf(ANN, begin(ANN, BEN));
    now = now.plus(RULES.slowAfter().minusSeconds(1));
    step(new FetchEvent.ChunkKept(BEN, 1));

    List<FetchEffect> effects = tickAfter(Duration.ofSeconds(2));

    assertThat(effects).contains(new FetchEffect.HangUp(ANN));
    assertThat(chunksOf(BEN, step(new FetchEvent.ChunkKept(BEN, 2)))).containsAll(ofAnn);
  }

  @Test
  void asksASecondPeerForAChunkThatIsLate_whenNothingElseIsLeft() {
    BitSet kept = new BitSet();
    kept.set(0, 7);
    step(new FetchEvent.PeerFound(ANN));
    step(new FetchEvent.PeerFound(BEN));
    step(new FetchEvent.PeerFound(CAT));
    assertThat(step(new FetchEvent.ManifestKept(kept)))
        .containsExactly(new FetchEffect.AskChunk(ANN, 7));

    assertThat(tickAfter(RULES.doubleAfter())).isEmpty();
    assertThat(tickAfter(Duration.ofSeconds(1))).containsExactly(new FetchEffect.AskChunk(BEN, 7));
    assertThat(tickAfter(Duration.ofSeconds(1))).isEmpty();
  }

  @Test
  void waitsWithASentence_whileTheDiskIsFull() {
    begin(ANN, BEN);

    List<FetchEffect> effects =
        step(new FetchEvent.DiskRefused(ANN, 0, "The disk is full; free 8 MB."));

    assertThat(effects)
        .contains(new FetchEffect.HangUp(BEN))
        .contains(new FetchEffect.Waiting("The disk is full; free 8 MB."));
    assertThat(tickAfter(RULES.diskPause().minusSeconds(1))).isEmpty();
    assertThat(of(FetchEffect.AskChunk.class, tickAfter(Duration.ofSeconds(1)))).hasSize(2);
    assertThat(step(new FetchEvent.ChunkKept(ANN, 0))).contains(new FetchEffect.GoesOn());
  }

  @Test
  void endsWithASentence_whenNoPeerIsLeft() {
    begin(ANN);

    List<FetchEffect> effects = step(new FetchEvent.ChunkWrong(ANN, 0));

    assertThat(of(FetchEffect.Failed.class, effects).toString())
        .contains("No peer is left")
        .contains(ANN.shortText());
    assertThat(step(new FetchEvent.PeerFound(BEN))).isEmpty();
  }

  @Test
  void endsWithASentence_whenNothingComesForTooLong() {
    begin(ANN);
    step(new FetchEvent.LinkLost(ANN, "Nothing listens at a:1."));

    assertThat(
            of(FetchEffect.Failed.class, tickAfter(RULES.giveUpAfter().plusSeconds(1))).toString())
        .contains("Nothing came")
        .contains("Nothing listens at a:1");
  }

  @Test
  void isFinishedOnlyWhenTheWholeIsRight_andFetchesDamagedChunksAgain() {
    begin(ANN);
    List<FetchEffect> effects = new ArrayList<>();
    for (int chunk = 0; chunk < 8; chunk++) {
      effects = step(new FetchEvent.ChunkKept(ANN, chunk));
    }
    assertThat(effects).contains(new FetchEffect.CheckWhole());

    assertThat(chunksOf(ANN, step(new FetchEvent.WholeDamaged(List.of(5))))).containsExactly(5);
    assertThat(step(new FetchEvent.ChunkKept(ANN, 5))).contains(new FetchEffect.CheckWhole());
    assertThat(step(new FetchEvent.WholeRight())).containsExactly(new FetchEffect.Finished());
  }

  @Test
  void givesUpOnADiskThatDamagesWhatIsWritten() {
    begin(ANN);
    List<FetchEffect> effects = List.of();
    for (int damage = 0; damage <= RULES.damagesMax(); damage++) {
      for (int chunk = 0; chunk < 8; chunk++) {
        step(new FetchEvent.ChunkKept(ANN, chunk));
      }
      effects = step(new FetchEvent.WholeDamaged(List.of(1, 2)));
    }

    assertThat(of(FetchEffect.Failed.class, effects).toString()).contains("check the disk");
  }
}
